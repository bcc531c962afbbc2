/** What the owner's own modules make of hooks, and the mapping for Gmail that need not be written. */
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listSessions, sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openHookTransforms } from '../../packages/gateway/src/drivers/hook-transforms/thread/index.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { verifies } from '../requirements/verifies.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const TOKEN = 'the-token-of-the-hooks';

const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-transforms-'));
  await mkdir(join(folder, 'hooks', 'transforms', 'more'), { recursive: true });
  return folder;
};

const asHook = (name: string, more: object = {}, transform: object = { module: `${name}.mjs` }) => ({ id: name, match: { path: name }, messageTemplate: 'As written: {{what}}', transform, ...more });

const MODULES: Readonly<Record<string, string>> = {
  'told.mjs': `export default ({ payload, headers, url, path }) => ({ message: JSON.stringify({ payload, headers, search: url.searchParams.get('kind'), isUrl: url instanceof URL, pathname: url.pathname, path }) });`,
  'whole.mjs': `export const transform = async ({ payload }) => ({ message: 'Look at ' + payload.what, name: 'CI', agentId: 'helper', model: 'test/other', deliver: true, channel: 'telegram', to: '42', timeoutSeconds: 7.9 });`,
  'named.mjs': `export const other = () => ({ message: 'the wrong one' }); export const mine = () => ({ message: 'the right one' }); export default other;`,
  'some.mjs': `export default ({ payload: { list: [one] } }) => (one.spam ? null : { message: 'Kept ' + one.id });`,
  'nothing.mjs': `export default () => {};`,
  'bell.mjs': `export default ({ payload }) => ({ kind: 'wake', text: 'The bell rang: ' + payload.what, mode: 'next-heartbeat' });`,
  'key.mjs': `export default ({ payload }) => ({ ...payload.said });`,
  'typed.ts': `interface Seen { readonly payload: { readonly what: string } }\nexport default ({ payload }: Seen): object => ({ message: \`Typed \${payload.what}\` });`,
  'more/deep.mjs': `import { word } from './word.mjs'; export default () => ({ message: word });`,
  'more/word.mjs': `export const word = 'from below';`,
  'throws.mjs': `export default () => { throw new Error('not today'); };`,
  'rejects.mjs': `export default async () => { throw new Error('not tomorrow'); };`,
  'import.mjs': `throw new Error('not even this'); export default () => ({});`,
  'text.mjs': `export default {{{`,
  'none.mjs': `export const something = 1;`,
  'leaves.mjs': `export default () => process.exit(3);`,
  'later.mjs': `export default () => { setTimeout(() => { throw new Error('much later'); }, 0); return new Promise(() => {}); };`,
  'number.mjs': `export default () => 7;`,
  'wrong.mjs': `export default () => ({ kind: 'sing', message: 7 });`,
};
const FAILING = ['throws', 'rejects', 'import', 'text', 'none', 'leaves', 'later', 'number', 'wrong', 'absent'];

let gateway: TestGateway;
let kept: unknown;
beforeAll(async () => {
  const folder = await makeFolder();
  for (const [name, source] of Object.entries(MODULES)) await writeFile(join(folder, 'hooks', 'transforms', name), source);
  gateway = await startGateway({
    folder,
    script: ({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text ?? ''}` }),
    store: (store) => ({ ...store, acceptTurn: (turn, startNow) => ((kept = turn.duties), store.acceptTurn(turn, startNow)) }),
    config: {
      agents: { entries: { helper: {}, other: {} } },
      hooks: {
        enabled: true, token: TOKEN, allowedAgentIds: ['main', 'helper'], allowRequestSessionKey: true, allowedSessionKeyPrefixes: ['hook:'],
        presets: ['gmail', 'no-such-preset'],
        mappings: [
          ...['told', 'whole', 'nothing', 'key', ...FAILING].map((name) => asHook(name)),
          asHook('named', {}, { module: './named.mjs', export: 'mine' }),
          asHook('some', { forEach: 'list' }),
          asHook('bell', { messageTemplate: undefined }),
          asHook('typed', {}, { module: 'typed.ts' }),
          asHook('deep', {}, { module: 'more/deep.mjs' }),
          { id: 'boss', match: { path: 'gmail', source: 'boss' }, messageTemplate: 'The boss wrote' },
        ],
      },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(gateway.folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> & { readonly error?: { readonly code: string; readonly message: string } };
}

const post = async (path: string, body: unknown, { headers = {}, at = gateway }: { readonly headers?: Readonly<Record<string, string>>; readonly at?: TestGateway } = {}): Promise<Answer> => {
  const response = await fetch(`${at.url}/hooks/${path}`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}`, ...headers }, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) }; // What the gateway answers.
};

const sessionsLike = async (name: string) => (await gateway.client.call(listSessions, { limit: 200 })).sessions.filter(({ key }) => key.includes(name)).map(({ key }) => key);
const toldIn = async (session: string) => (await gateway.client.call(sessionHistory, { session, limit: 50 })).messages.filter(({ role }) => role === 'user').map(({ text }) => text);
/** What the agent was told of the last request that did something. */
const told = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
  const before = gateway.model.requests.length;
  expect((await post(path, body, { headers })).status).toBe(200);
  await gateway.model.until(() => gateway.model.requests.length > before);
  return gateway.model.requests.at(-1)?.messages.at(-1)?.text ?? '';
};

describe('a transform', () => {
  test('is told the payload, the headers but those with the token, the address and the path', async () => {
    const text = await told('told?kind=k', { a: [1] }, { 'x-event': 'push', 'x-openclaw-token': 'x', 'x-hub-signature-256': 'sha256=00' });
    const said = /<outside-\w+>(\{.*\})<\/outside-/.exec(text)?.[1] ?? '';
    const { headers, ...rest } = JSON.parse(said) as { readonly headers: Readonly<Record<string, string>> }; // As the module writes it.
    expect(rest).toEqual({ payload: { a: [1] }, search: 'k', isUrl: true, pathname: '/hooks/told', path: 'told' });
    expect(headers).toMatchObject({ 'x-event': 'push', 'x-hub-signature-256': 'sha256=00' });
    expect(JSON.stringify(headers)).not.toContain(TOKEN);
    expect(Object.keys(headers)).not.toContain('x-openclaw-token');
  });

  verifies('beyond.hook-transforms', async () => {
    expect(await told('whole', { what: 'the build' })).toMatch(/^\[Hook whole\. .*\n<(outside-\w+)>Look at the build<\/\1>$/);
    expect(gateway.model.requests.at(-1)?.model).toBe('other');
    expect(kept).toEqual({ deliver: { channel: 'telegram', to: '42' } });
    expect((await sessionsLike('hook-CI-'))[0]).toMatch(/^agent:helper:/);
    expect(await told('nothing', { what: 'this' })).toMatch(/As written: <outside-\w+>this</);
    expect(await told('named', {})).toContain('the right one');
    expect(await told('typed', { what: 'words' })).toContain('Typed words');
    expect(await told('deep', {})).toContain('from below');
  });

  test('may do nothing: all of a request, or some of a list', async () => {
    expect((await post('some', { list: [{ spam: true }, { spam: true }] })).status).toBe(204);
    const { status, body } = await post('some', { list: [{ id: 1 }, { spam: true }, { id: 3 }] });
    expect([status, body['dispatched']]).toEqual([200, 2]);
  });

  test('may wake instead', async () => {
    expect((await post('bell', { what: 'the postman' })).body).toEqual({ ok: true, mode: 'next-heartbeat', eventOutcome: 'queued' });
  });

  test.each([
    ['a session of the owner', { message: 'x', sessionKey: 'agent:main:main' }, 400],
    ['one outside of the prefixes, though it vouches for it', { message: 'x', sessionKey: 'main', sessionKeySource: 'static' }, 400],
    ['one within the prefixes', { message: 'x', sessionKey: 'hook:fine', sessionMode: 'persistent' }, 200],
    ['an agent it may not speak to', { message: 'x', agentId: 'other' }, 400],
    ['an agent that is not there', { message: 'x', agentId: 'nobody' }, 400],
    ['a model nobody serves', { message: 'x', model: 'nobody/none' }, 400],
    ['no words', { message: '  ' }, 400],
  ])('that asks for %s is held to what mappings are held to', async (_, said, status) => {
    expect((await post('key', { said })).status).toBe(status);
  });

  test('whose key is made of a request needs allowRequestSessionKey; one written in it does not', async () => {
    const folder = await makeFolder();
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'hooks', 'transforms', 'key.mjs'), MODULES['key.mjs'] ?? '');
    await using strict = await startGateway({ folder, config: { hooks: { enabled: true, token: TOKEN, mappings: [asHook('key')] } } });
    const ask = async (said: object) => (await post('key', { said }, { at: strict })).status;
    expect([await ask({ message: 'x', sessionKey: 'hook:a' }), await ask({ message: 'x', sessionKey: 'hook:a', sessionKeySource: 'static' }), await ask({ message: 'x', sessionKey: 'hook:a', sessionKeySource: 'me' })]).toEqual([400, 200, 400]);
  });

  test('that fails is a 500 for that delivery, told in the log, and no more than that', async () => {
    for (const name of FAILING) {
      const { status, body } = await post(name, { what: 'x' });
      expect([name, status, body.error?.code]).toEqual([name, 500, 'internal']);
      expect(gateway.logged.filter(({ message, fields }) => message === 'a transform of the hooks failed' && fields['hook'] === name)).toHaveLength(1);
    }
    const causes = gateway.logged.map(({ fields }) => String(fields['cause'])).join('\n');
    for (const cause of ['not today', 'not tomorrow', 'not even this', 'called default or transform', 'ended', 'much later', 'no action', 'kind: ', 'ENOENT']) expect(causes).toContain(cause);
    expect((await gateway.request('/healthz')).status).toBe(200);
    expect(await told('typed', { what: 'still' })).toContain('Typed still');
  });

  test('is read again when its file has changed, and when the configuration has', async () => {
    const file = join(gateway.folder, 'hooks', 'transforms', 'typed.ts');
    const write = async (word: string) => {
      await writeFile(file, `export default () => ({ message: '${word}' });`);
      await utimes(file, new Date(), new Date(Date.now() + 5_000));
    };
    await write('changed');
    expect(await told('typed', {})).toContain('changed');
    const word = join(gateway.folder, 'hooks', 'transforms', 'more', 'word.mjs');
    await writeFile(word, `export const word = 'another word';`);
    expect(await told('deep', {})).toContain('from below');
    const patched = await gateway.request('/api/v1/config', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ limits: { maxStepsPerTurn: 24 } }) });
    expect(patched.status).toBe(200);
    expect(await told('deep', {})).toContain('another word');
  });
});

describe('a module that does not come back', () => {
  test.each([['turns in circles', '(;;);'], ['waits for nothing', '']])('because it %s is stopped in time, and starts anew', async (_, circle) => {
    const folder = await makeFolder();
    const transforms = openHookTransforms(silent);
    onTestFinished(async () => {
      await transforms.close();
      await rm(folder, { recursive: true, force: true });
    });
    const file = join(folder, 'slow.mjs');
    await writeFile(file, `let calls = 0; export default ({ payload }) => { calls++; if (payload.hang) { ${circle === '' ? 'return new Promise(() => {});' : `for ${circle}`} } return calls; };`);
    const run = (payload: object, withinMs = 5_000) => transforms.run({ folder, file, exportName: undefined }, { payload, headers: {}, url: 'http://localhost/hooks/x', path: 'x' }, withinMs);
    expect([await run({}), await run({})]).toEqual([1, 2]);
    const began = Date.now();
    await expect(run({ hang: true }, 300)).rejects.toThrow(/within 0.3 s/);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(await run({})).toBe(1);
  });
});

describe('transforms lie in their folder', () => {
  const start = async (hooks: object, prepare: (folder: string) => Promise<void> = async () => {}): Promise<unknown> => {
    const folder = await makeFolder();
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'outside.mjs'), 'export default () => ({ message: "from outside" });');
    await prepare(join(folder, 'hooks', 'transforms'));
    await using one = await startGateway({ folder, config: { hooks: { enabled: true, token: TOKEN, ...hooks } } });
    return one.url;
  };
  const withModule = (module: string) => ({ mappings: [asHook('x', {}, { module })] });

  test.each(['../../outside.mjs', 'more/../../../outside.mjs', '/etc/passwd.mjs', 'file:///outside.mjs', 'C:\\outside.mjs', 'data:text/javascript,1', 'more', 'notes.txt'])('%s is refused at the start', async (module) => {
    await expect(start(withModule(module))).rejects.toThrow(/hooks\.mappings\[0\]\.transform\.module/);
  });

  test('links that lead out of it are refused at the start', async () => {
    const linked = (folder: string) => symlink('../../outside.mjs', join(folder, 'link.mjs'));
    await expect(start(withModule('link.mjs'), linked)).rejects.toThrow(/leads out of/);
    await expect(start({ ...withModule('outside.mjs'), transformsDir: 'away' }, (folder) => symlink('../..', join(folder, 'away')))).rejects.toThrow(/hooks\.transformsDir/);
    await expect(start(withModule('link.mjs'), (folder) => symlink('more/fine.mjs', join(folder, 'link.mjs')))).resolves.toMatch(/^http/);
  });

  test('a link that is put there later is not followed', async () => {
    const folder = await makeFolder();
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'outside.mjs'), 'export default () => ({ message: "from outside" });');
    await using one = await startGateway({ folder, config: { hooks: { enabled: true, token: TOKEN, ...withModule('link.mjs') } } });
    await symlink('../../outside.mjs', join(folder, 'hooks', 'transforms', 'link.mjs'));
    expect((await post('x', {}, { at: one })).status).toBe(500);
    expect(one.logged.map(({ fields }) => String(fields['cause'])).join('\n')).toContain('leads out of');
  });

  test('transformsDir is a folder in it', async () => {
    for (const dir of ['..', '/tmp', 'more/../..']) await expect(start({ transformsDir: dir })).rejects.toThrow(/hooks\.transformsDir/);
    const folder = await makeFolder();
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'hooks', 'transforms', 'more', 'mail.js'), 'export default () => null;');
    await using one = await startGateway({ folder, config: { hooks: { enabled: true, token: TOKEN, transformsDir: join(folder, 'hooks', 'transforms', 'more'), mappings: [asHook('x', {}, { module: 'mail.js' })] } } });
    expect((await post('x', {}, { at: one })).status).toBe(204);
  });
});

describe('the preset for Gmail', () => {
  const MAILS = [{ id: 'm1', from: 'Ada', subject: 'Hello', snippet: 'How', body: 'How are you?' }, { id: 'm2', from: 'Bob', subject: 'Bye', snippet: 'See', body: 'See you.' }];

  verifies('beyond.hook-gmail', async () => {
    const { status, body } = await post('gmail', { source: 'gmail', messages: MAILS });
    expect([status, body['dispatched']]).toEqual([200, 2]);
    const [session = ''] = await sessionsLike('hook-gmail-m2-');
    expect(await toldIn(session)).toEqual(['New email from Bob\nSubject: Bye\nSee\nSee you.']);
    expect((await post('gmail', {})).status).toBe(204);
  });

  test('comes after what the owner has written', async () => {
    expect((await post('gmail', { source: 'boss', messages: MAILS })).status).toBe(200);
    // What the test before told may still be coming in.
    await gateway.model.until(() => gateway.model.requests.some(({ messages }) => messages.at(-1)?.text?.includes('The boss wrote')));
  });

  test('takes as much as a push of mails may hold', async () => {
    const body = 'x'.repeat(300 * 1024);
    expect((await post('gmail', { messages: [{ id: 'large', from: 'Ada', body }] })).status).toBe(200);
    expect((await post('nothing', { what: body })).status).toBe(413);
  });
});
