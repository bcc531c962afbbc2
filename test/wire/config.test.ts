import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCredential, getConfig, listModels, patchConfig, sendMessage } from '@openclaw/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const PATH = '/api/v1/config';
const TOKEN = 'the-gateway-token-of-thirty-two-letters';

let gateway: TestGateway;
let file: string;
let original: string;
let writer: string;
let reader: string;

beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }), env: { PROVIDER_KEY: 'resolved-provider-secret' } });
  file = join(gateway.folder, 'openclaw.json');
  const [write, read] = await Promise.all(
    [['config:read', 'config:write'] as const, ['config:read'] as const].map((permissions) => gateway.client.call(createCredential, { kind: 'api-key', name: `with ${permissions.join()}`, permissions: [...permissions] })),
  );
  [writer, reader] = [write?.secret ?? '', read?.secret ?? ''];
});
afterAll(() => gateway[Symbol.asyncDispose]());

beforeEach(async () => {
  const provider = { api: 'openai', baseUrl: gateway.model.url, apiKey: '${PROVIDER_KEY}', headers: { 'x-team': 'header-secret-1' }, models: [{ id: 'model', contextTokens: 32000 }, 'other'] };
  original = `// The house\n{\n  // the way in\n  gateway: { port: 18789, auth: { enabled: true } },\n  api: { port: null, keys: [{ label: 'a', key: 'configured-key-1' }] },\n  model: 'test/model', // the usual one\n  models: { providers: { test: ${JSON.stringify(provider)} } },\n  logging: { level: 'silent' },\n}\n`;
  await writeFile(file, original);
  await get();
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Shown;
}

/** A configuration as these tests write it, or an error. */
interface Shown {
  readonly model?: unknown;
  readonly agents?: unknown;
  readonly api?: { readonly keys: readonly unknown[] };
  readonly models?: { readonly providers: { readonly test: { readonly models: unknown } }; readonly aliases?: object };
  readonly error?: { readonly code: string; readonly message: string; readonly details: { readonly path?: string } };
}

const ask = async (method: string, { body, secret = gateway.token, headers = {} }: { body?: string; secret?: string; headers?: Record<string, string> } = {}): Promise<Answer> => {
  const response = await fetch(gateway.url + PATH, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, etag: response.headers.get('etag') ?? '', headers: response.headers, text, json: text === '' ? {} : (JSON.parse(text) as Shown) };
};
const get = (secret?: string) => ask('GET', secret === undefined ? {} : { secret });
const patch = (body: unknown, { secret, ifMatch }: { secret?: string; ifMatch?: string } = {}) =>
  ask('PATCH', { body: JSON.stringify(body), ...(secret !== undefined && { secret }), ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }) });
const inFile = () => readFile(file, 'utf8');

describe('reading', () => {
  test('the configuration as it is written, without its secrets', async () => {
    const { status, json, text, etag } = await get(reader);
    expect(status).toBe(200);
    expect(json).toMatchObject({ model: 'test/model', api: { keys: [{ label: 'a', key: '[hidden]' }] }, models: { providers: { test: { apiKey: '${PROVIDER_KEY}', headers: { 'x-team': '[hidden]' } } } } });
    expect(text).not.toMatch(/configured-key-1|header-secret-1|resolved-provider-secret/);
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
  });

  test('who has this version already need not read it again', async () => {
    const { etag } = await get();
    const again = await ask('GET', { headers: { 'if-none-match': `"other", W/${etag}` } });
    expect([again.status, again.text, again.etag]).toEqual([304, '', etag]);
    expect((await ask('GET', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    await patch({ log_level: 'silent' });
    expect((await ask('GET', { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  test('an edit by hand is seen at once', async () => {
    await writeFile(file, original.replace('test/model', 'test/other'));
    expect((await get()).json.model).toBe('test/other');
  });
});

describe('changing', () => {
  test('a patch is in force when the answer comes, and the file keeps its comments', async () => {
    const { status, json, etag } = await patch({ model: 'test/other', agents: { defaults: { language: 'de' } } }, { secret: writer });
    expect(status).toBe(200);
    expect(json).toMatchObject({ model: 'test/other', agents: { defaults: { language: 'de' } } });
    expect((await gateway.client.call(listModels, {})).default).toBe('test/other');
    expect(await gateway.client.call(sendMessage, { text: 'Hi' })).toMatchObject({ model: 'test/other' });
    const text = await inFile();
    expect(text).toContain('// the way in');
    expect(text).toMatch(/model: .test\/other., \/\/ the usual one/);
    expect(text).toContain('${PROVIDER_KEY}');
    expect((await get()).etag).toBe(etag);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('null takes a key away, and a list takes the place of a list', async () => {
    await patch({ agents: { defaults: { language: 'de', timezone: 'UTC' } } });
    const { json } = await patch({ agents: { defaults: { language: null } }, models: { providers: { test: { models: ['model'] } } } }, { secret: writer });
    expect(json.agents).toEqual({ defaults: { timezone: 'UTC' } });
    expect(json.models?.providers.test.models).toEqual(['model']);
  });

  test('what was read comes back unchanged: nothing changes, no secret is lost, and none is written out', async () => {
    const { json, etag } = await get();
    const again = await patch(json, { secret: writer, ifMatch: etag });
    expect([again.status, again.etag]).toEqual([200, etag]);
    expect(await inFile()).toBe(original);
    await patch({ ...json, api: { ...json.api, keys: [...(json.api?.keys ?? []), { label: 'b', key: 'another-key-2' }] } });
    const text = await inFile();
    expect(text).toContain('configured-key-1');
    expect(text).toContain('another-key-2');
    expect(text).not.toMatch(/\[hidden\]|resolved-provider-secret/);
  });

  test('a version that is not the newest is a conflict, and changes nothing', async () => {
    const { etag } = await get();
    expect((await patch({ log_level: 'silent' }, { ifMatch: etag })).status).toBe(200);
    const before = await inFile();
    const late = await patch({ model: 'test/other' }, { ifMatch: etag });
    expect([late.status, late.json.error?.code]).toEqual([409, 'conflict']);
    expect(await inFile()).toBe(before);
    expect((await patch({ model: 'test/other' }, { ifMatch: `W/${etag}` })).status).toBe(409);
    expect((await patch({ model: 'test/other' }, { ifMatch: 'nonsense' })).status).toBe(400);
    expect((await patch({ model: 'test/other' }, { ifMatch: '*' })).status).toBe(200);
  });

  test('twenty who change at once with versions lose nothing', async () => {
    const add = async (i: number): Promise<void> => {
      for (;;) {
        const { etag } = await get(reader);
        const { status } = await patch({ models: { aliases: { [`alias-${i}`]: 'test/model' } } }, { secret: writer, ifMatch: etag });
        if (status === 200) return;
        expect(status).toBe(409);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(i)));
    expect(Object.keys((await get()).json.models?.aliases ?? {}).toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => `alias-${i}`).toSorted());
  });

  test('it says what counts only after a restart, and what nobody reads', async () => {
    const { status, headers } = await patch({ logging: { maxFiles: 3 }, gateway: { prot: 1 } });
    expect([status, headers.get('x-openclaw-needs-restart')]).toEqual([200, 'logging']);
    expect(headers.get('x-openclaw-warning')).toBe('gateway.prot is not known; did you mean gateway.port?');
    expect(await gateway.client.call(patchConfig, { patch: { model: { provider: 'test', nmae: 'x' } } })).toMatchObject({
      changed: ['model.provider', 'model.nmae', 'model'], needsRestart: ['logging'], warnings: [{ path: 'model.nmae', message: expect.stringContaining('model.name') }],
    });
    await patch({ logging: { maxFiles: null } });
    expect((await patch({ log_level: 'silent' })).headers.get('x-openclaw-needs-restart')).toBeNull();
  });
});

describe('what is refused', () => {
  test.each<[string, unknown]>([
    ['gateway.auth.enabled', { gateway: { auth: { enabled: false } } }],
    ['gateway.token', { gateway: { token: TOKEN } }],
    ['tools.roots', { model: 'test/other', tools: { roots: ['/'] } }],
    ['api.port', { api: null }],
    ['api.keys', { api: { keys: [] } }],
    ['models.providers.test.baseUrl', { models: { providers: { test: { baseUrl: 'http://127.0.0.1:1' } } } }],
    ['agents.defaults.systemPrompt', { agents: { defaults: { systemPrompt: '${PROVIDER_KEY}' } } }],
    ['sandbox.mode', { sandbox: { mode: 'off' } }],
  ])('%s is for the gateway token alone', async (place, body) => {
    const { status, json } = await patch(body, { secret: writer });
    expect(status).toBe(403);
    expect(json.error?.message).toContain(`Only the gateway token may change ${place}: `);
    expect(json.error?.details).toEqual({ path: place, permission: 'gateway:admin' });
    expect(await inFile()).toBe(original);
  });

  test('a key that may only read changes nothing, and one that may do neither sees nothing', async () => {
    expect((await patch({ model: 'test/other' }, { secret: reader })).status).toBe(403);
    const { secret } = await gateway.client.call(createCredential, { kind: 'api-key', name: 'usual' });
    expect([(await get(secret)).status, (await patch({}, { secret })).status]).toEqual([403, 403]);
  });

  test.each<[string, string, unknown]>([
    ['a wrong type', 'limits.maxStepsPerTurn', { limits: { maxStepsPerTurn: 'many' } }],
    ['a wrong type in a list', 'models.providers.test.models[0].id', { models: { providers: { test: { models: [{ id: 7 }] } } } }],
    ['a port that is none', 'gateway.port', { gateway: { port: 70_000 } }],
    ['an open door', 'gateway.auth.enabled', { gateway: { bind: 'lan', auth: { enabled: false } } }],
    ['a variable that is not set', 'models.providers.test.apiKey', { models: { providers: { test: { apiKey: '${NOT_SET_ANYWHERE}' } } } }],
    ['a secret that is none', 'api.keys[0].key', { api: { keys: [{ key: 'short' }] } }],
    ['hidden where nothing is', 'gateway.token', { gateway: { token: '[hidden]' } }],
    ['two spellings that say two things', '', { gateway: { token: TOKEN, auth: { token: `${TOKEN}2` } } }],
    ['a section that is text', 'limits', { limits: 'none' }],
  ])('%s: 400 with the path, and the file as it was', async (_, path, body) => {
    const { status, json, text } = await patch(body);
    expect([status, json.error?.code, json.error?.details.path]).toEqual([400, 'invalid_request', path]);
    expect(text).not.toContain(gateway.folder);
    expect(await inFile()).toBe(original);
  });

  test.each(['null', '[]', '"x"', '42', '{"__proto__":{"admin":true}}', '{"model":{"__proto__":{"x":1}}}', '{"a":1,"a":2}', `{"a":${'['.repeat(63)}${']'.repeat(63)}}`, `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, '{"model":"a\\u0000"}'])(
    'the body %s',
    async (body) => {
      const { status } = await ask('PATCH', { body });
      expect(status).toBe(400);
      expect(await inFile()).toBe(original);
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    },
  );

  test('no configuration grows past what can be read again', async () => {
    expect((await patch({ agents: { defaults: { systemPrompt: 'x'.repeat(900_000) } } })).status).toBe(200);
    const { status, json } = await patch({ agents: { defaults: { language: 'x'.repeat(200_000) } } });
    expect([status, json.error?.code]).toEqual([400, 'invalid_request']);
    expect((await get()).status).toBe(200);
  });

  test('a file that is gone is not made anew from a patch', async () => {
    await rm(file);
    const { status, json } = await patch({ model: 'test/other' });
    expect([status, json.error?.message]).toEqual([409, 'The configuration file is gone or empty: put it back before you change it']);
    await expect(stat(file)).rejects.toThrow('ENOENT');
    expect((await get()).json.model).toBe('test/model');
  });

  test('a file that is broken is left to whoever broke it', async () => {
    await writeFile(file, '{ model: ');
    const { status, json } = await patch({ model: 'test/other' });
    expect([status, json.error?.code]).toEqual([409, 'conflict']);
    expect(await inFile()).toBe('{ model: ');
    expect((await get()).json.model).toBe('test/model');
  });
});

test('the same by the contract itself', async () => {
  const { config, version } = await gateway.client.call(getConfig, {});
  expect(config['model']).toBe('test/model');
  expect(await gateway.client.call(patchConfig, { patch: { log_level: 'silent' }, version })).toMatchObject({ changed: ['log_level'], needsRestart: [], warnings: [] });
  await expect(gateway.client.call(patchConfig, { patch: {}, version })).rejects.toMatchObject({ code: 'conflict' });
});
