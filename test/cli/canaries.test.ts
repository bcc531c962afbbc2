/** Secrets on every way in, then everything that was written, said or answered is searched for them. */
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { delimiter, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSecret } from '../../packages/gateway/src/engine/access/index.ts';
import { startModelServer } from '../support/model-server.ts';
import { openSocket } from '../support/socket-client.ts';
import { type Home, makeHome, run, runGateway, type RunningGateway } from './program.ts';

/** A name says where it goes in; its value is nothing anybody would write by chance. */
const canary = (name: string): string => `canary-${name}-9f8e7d6c5b4a`;

const STANDING = {
  configKey: canary('config-key'), otherConfigKey: canary('other-config-key'), providerKey: canary('provider-key'), providerKeyOfList: canary('provider-key-of-a-list'),
  providerHeader: canary('provider-header'), urlPassword: canary('url-password'), environment: canary('environment'),
};
const SHOWN = {
  bearer: canary('bearer'), basic: canary('basic'), cookie: canary('cookie'), apiKeyHeader: canary('api-key-header'), restQuery: canary('rest-query'), lostPath: canary('lost-path'),
  socketQuery: canary('socket-query'), socketFrame: canary('socket-frame'), socketHeader: canary('socket-header'), brokenBody: canary('broken-body'), unknownField: canary('unknown-field'),
  patched: canary('patched'), patchedHeader: canary('patched-header'), refusedPatch: canary('refused-patch'), forbiddenPatch: canary('forbidden-patch'), mistypedPatch: canary('mistyped-patch'),
  gitPassword: canary('git-password'), gitQuery: canary('git-query'), revoked: canary('revoked'), named: canary('named-in-native'), cliToken: canary('cli-token'), cliSet: canary('cli-set'), wrongType: canary('wrong-type'),
  looksReal: makeSecret('api-key').secret, looksLikeToken: makeSecret('token').secret,
};
/** Made at run time: the gateway's token, keys, tokens, before and after they were rotated. */
const made: Record<string, string> = {};
const canaries = (): readonly (readonly [string, string])[] => Object.entries({ ...STANDING, ...SHOWN, ...made });

/** As it could stand in a text, a URL or JSON, or packed as Basic has it. */
const spellings = (secret: string): readonly Buffer[] =>
  [...new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), Buffer.from(`user:${secret}`).toString('base64').slice(8, -4)])].map((one) => Buffer.from(one));

const search = (where: string, text: Buffer | string): readonly string[] => {
  const bytes = Buffer.from(text);
  return canaries().flatMap(([name, secret]) => (spellings(secret).some((one) => bytes.includes(one)) ? [`${name} in ${where}`] : []));
};

const filesBelow = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

const searchFiles = async (folder: string): Promise<readonly string[]> => {
  const hits: string[] = [];
  for (const file of await filesBelow(folder)) hits.push(...search(relative(folder, file), await readFile(file)));
  return hits;
};

let home: Home;
let gateway: RunningGateway;
let model: Awaited<ReturnType<typeof startModelServer>>;
const heard: (readonly [where: string, text: string])[] = [];
let gitLog: string;

const hear = (where: string, text: string): string => {
  heard.push([where, text]);
  return text;
};

const ask = async (path: string, { json, body = json === undefined ? undefined : JSON.stringify(json), method = body === undefined ? 'GET' : 'POST', headers = {}, secret = made['gatewayToken'] ?? '' }: {
  json?: unknown; body?: string | undefined; method?: string; headers?: Record<string, string>; secret?: string;
} = {}): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${secret}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body }) });
  const text = await response.text();
  if (!/credentials\.(create|rotate)$/.test(path)) hear(`${method} ${path.replace(/\?.*/, '')}`, `${[...response.headers].join('\n')}\n${text}`);
  return { status: response.status, text };
};

/** The one answer a secret is in. */
const make = async (name: string, operation: string, json: object): Promise<string> => {
  const { text } = await ask(`/api/native/${operation}`, { json });
  const { secret } = JSON.parse(text) as { readonly secret: string };
  made[name] = secret;
  return secret;
};

const command = async (...args: readonly string[]): Promise<void> => {
  const { out, err } = await run(args, home.env);
  hear(`openclaw ${args.slice(0, 2).join(' ')}`, out + err);
};

const everyWayIn = async (): Promise<void> => {
  const key = await make('key', 'credentials.create', { kind: 'api-key', name: 'app' });
  await make('token', 'credentials.create', { kind: 'token', name: 'script', scope: 'read' });
  await make('rotated', 'credentials.rotate', { credential: made['token'] });
  // What is shown and not taken.
  for (const secret of [SHOWN.bearer, SHOWN.looksReal, SHOWN.looksLikeToken]) await ask('/api/v1/status', { secret });
  await ask('/api/v1/status', { headers: { authorization: `Basic ${Buffer.from(`user:${SHOWN.basic}`).toString('base64')}` } });
  await ask('/api/v1/status', { headers: { cookie: `token=${SHOWN.cookie}`, 'x-api-key': SHOWN.apiKeyHeader } });
  await ask(`/api/v1/status?token=${SHOWN.restQuery}`, { headers: { authorization: '' } });
  await ask(`/nowhere?access_token=${SHOWN.lostPath}`);
  for (const query of [`?token=${SHOWN.socketQuery}`, `?token=${made['gatewayToken']}`]) await socket(`/ws${query}`);
  await openSocket(gateway.url, { path: '/ws', headers: { authorization: `Bearer ${SHOWN.socketHeader}` } }).catch((thrown: unknown) => hear('a refused socket', String(thrown)));
  // What is written where it does not belong.
  await ask('/api/v1/messages', { body: `{"message":"Hi","token":"${SHOWN.brokenBody}"` });
  await ask('/api/v1/messages', { body: `{"message":"Hi","token":${SHOWN.brokenBody}}` });
  await ask('/api/native/messages.send', { json: { text: 'Hi', apiKey: SHOWN.unknownField } });
  await ask('/api/native/messages.send', { json: { text: 'Hi', timeoutSeconds: SHOWN.wrongType } });
  await ask('/api/native/credentials.revoke', { json: { credential: SHOWN.revoked } });
  await ask('/api/native/credentials.revoke', { json: { credential: SHOWN.looksReal } });
  // The configuration.
  await ask('/api/v1/config', { method: 'PATCH', json: { models: { providers: { other: { api: 'openai', baseUrl: 'http://127.0.0.1:9', apiKey: SHOWN.patched, headers: { 'x-team': SHOWN.patchedHeader } } } } } });
  await ask('/api/v1/config', { method: 'PATCH', json: { models: { providers: { other: { apiKey: [SHOWN.refusedPatch, 7] } } } } });
  await ask('/api/v1/config', { method: 'PATCH', json: { models: { providers: { bad: { api: 'openai', baseUrl: 'http://127.0.0.1:9', authToken: SHOWN.mistypedPatch } } } } });
  await ask('/api/v1/config', { method: 'PATCH', json: { gateway: { token: SHOWN.forbiddenPatch } }, secret: key });
  await command('config', 'set', 'models.providers.third.apiKey', SHOWN.cliSet);
  // Skills from addresses with a password.
  await ask('/api/v1/skills', { json: { git: `https://user:${SHOWN.gitPassword}@127.0.0.1:9/skill.git` } });
  await ask('/api/v1/skills', { json: { git: `https://127.0.0.1:9/skill.git?access_token=${SHOWN.gitQuery}` } });
  await ask('/api/v1/skills', { json: { git: 'https://127.0.0.1:9/skill.git' } });
  await ask('/api/v1/skills', { json: { name: `https://user:${SHOWN.named}@127.0.0.1:9/` } });
  // Work, by a model that tells what it was shown.
  for (const secret of [key, made['rotated'] ?? '']) await ask('/api/v1/messages', { json: { message: 'Tell', userId: 'ann' }, secret });
  await ask('/api/v1/tasks', { json: { prompt: 'Tell' } });
  await make('lastKey', 'credentials.rotate', { credential: key });
  await ask('/api/native/credentials.revoke', { json: { credential: made['lastKey'] } });
  await ask('/api/v1/status', { secret: made['lastKey'] ?? '' });
};

const socket = async (path: string): Promise<void> => {
  try {
    await using client = await openSocket(gateway.url, { path });
    client.send({ type: 'auth', token: SHOWN.socketFrame });
    client.send({ type: 'req', id: '1', method: 'connect', params: { auth: { token: SHOWN.socketFrame } } });
    client.send(`{"token":"${SHOWN.socketFrame}"`);
    await client.ask({ type: 'status' }).catch(() => undefined);
    hear('frames', JSON.stringify(client.frames));
  } catch (thrown) {
    hear('a refused socket', String(thrown));
  }
};

const everythingThatIsTold = async (): Promise<void> => {
  for (const path of ['/metrics', '/api/v1/config', '/api/v1/status', '/api/v1/sessions', '/api/v1/tasks', '/api/v1/skills', '/api/v1/workspaces', '/api/v1/stats', '/openapi.json']) await ask(path);
  for (const name of ['audit.list', 'credentials.list', 'events.list', 'models.list', 'config.get', 'sessions.list']) await ask(`/api/native/${name}`, { json: name === 'credentials.list' ? { revoked: true } : name === 'audit.list' ? { limit: 1_000 } : {} });
  for (const args of [['status'], ['api-key', 'list'], ['token', 'list'], ['config', 'get'], ['config', 'validate'], ['audit', 'list'], ['audit', 'verify'], ['sessions', 'list'], ['tasks', 'list'], ['models', 'list'], ['skills', 'list'], ['workspaces', 'list'], ['doctor'], ['stats']]) {
    await command(...args, '--json');
  }
  await command('logs');
  const { out, err } = await run(['status', '--json'], { ...home.env, OPENCLAW_AUTH_TOKEN: SHOWN.cliToken });
  hear('openclaw status with a wrong token', out + err);
};

beforeAll(async () => {
  home = await makeHome();
  // Says its arguments and its environment, and fails as git does.
  const programs = join(home.folder, '..', 'programs');
  gitLog = join(programs, 'git.log');
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, 'git'), `#!/bin/sh\n{ echo "$@"; env; } >> '${gitLog}'\ncase "$*" in *" init "*) exit 0;; esac\necho "fatal: unable to access '$*'" >&2\nexit 128\n`);
  await chmod(join(programs, 'git'), 0o755);
  home = { ...home, env: { ...home.env, PATH: `${programs}${delimiter}${home.env['PATH'] ?? ''}`, CANARY_KEY: STANDING.environment } };
  // The worst of providers: it quotes the key in its complaint.
  model = await startModelServer({ script: ({ apiKey, headers }) => ({ status: 401, message: `Incorrect API key provided: ${apiKey}, ${headers['x-team']}` }) });
  await mkdir(home.folder, { recursive: true });
  const provider = (keys: object) => ({ api: 'openai', baseUrl: model.url, headers: { 'x-team': STANDING.providerHeader }, models: ['model'], ...keys });
  await writeFile(
    join(home.folder, 'openclaw.json'),
    JSON.stringify({
      model: { primary: 'test/model', fallbacks: ['several/model', 'env/model'] },
      models: { providers: { test: provider({ apiKey: STANDING.providerKey }), several: provider({ apiKeys: [STANDING.providerKeyOfList] }), env: provider({ apiKey: '${CANARY_KEY}' }), url: provider({ apiKey: 'x', baseUrl: `http://user:${STANDING.urlPassword}@127.0.0.1:9` }) } },
      api: { keys: [{ label: 'one', key: STANDING.configKey, workspaces: ['*'] }, { label: 'two', key: STANDING.otherConfigKey, workspaces: ['main'], rateLimit: 10 }] },
      logging: { level: 'debug' },
    }),
  );
  gateway = await runGateway(home);
  made['gatewayToken'] = (await readFile(join(home.folder, 'gateway.token'), 'utf8')).trim();
  await everyWayIn();
  hear('stdout and stderr', JSON.stringify((await gateway.stop())));
  gateway = await runGateway(home);
  await everythingThatIsTold();
  await command('backup', 'create', '--json');
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await model[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

/** Where a secret is at home: what the user wrote, and copies of that which only they may read. */
const AT_HOME = /(?: |\/)(?:openclaw\.json(?:\.bak)?|config\.last-good|gateway\.token)$/;

describe(`${canaries().length} secrets and more`, () => {
  test('are searched for where they are', async () => {
    expect(canaries().length).toBeGreaterThanOrEqual(30);
    const hits = await searchFiles(home.folder);
    for (const name of ['configKey', 'providerKey', 'providerHeader', 'patched', 'cliSet']) expect(hits).toContain(`${name} in openclaw.json`);
    expect(hits).toContain('gatewayToken in gateway.token');
    // The model did get them, and did tell.
    expect(search('the model', JSON.stringify(model.requests.map(({ apiKey, headers }) => [apiKey, headers])))).toEqual(expect.arrayContaining(['providerKey in the model', 'providerHeader in the model']));
    expect(heard.some(([, text]) => text.includes('Incorrect API key'))).toBe(true);
  });

  test('stand in no file but those that are for them', async () => {
    const files = (await filesBelow(home.folder)).map((file) => relative(home.folder, file));
    for (const part of [/\.sqlite$/, /\.log$/, /backups?\/.*sqlite/]) expect(files.some((file) => part.test(file)), `${String(part)} among ${files.join()}`).toBe(true);
    expect((await searchFiles(home.folder)).filter((hit) => !AT_HOME.test(hit))).toEqual([]);
    // The one that the test wrote itself has the mode that it was given.
    for (const file of files) if (AT_HOME.test(` ${file}`) && file !== 'openclaw.json') expect((await stat(join(home.folder, file))).mode & 0o077, file).toBe(0);
  });

  test('are in no answer, no refusal, no frame, no output', () => {
    expect(heard.length).toBeGreaterThan(60);
    expect(heard.flatMap(([where, text]) => search(where, text))).toEqual([]);
  });

  test('are in the arguments and the environment of no process', async () => {
    const told = await readFile(gitLog, 'utf8');
    expect(told).toContain('https://127.0.0.1:9/skill.git');
    expect(search('git', told)).toEqual([]);
    expect(search('arguments', await readFile(`/proc/${gateway.child.pid}/cmdline`))).toEqual([]);
    expect(search('environment', await readFile(`/proc/${gateway.child.pid}/environ`))).toEqual(['environment in environment']);
  });
});
