import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import { type Home, MAIN, makeHome, run, runGateway } from './program.ts';
import { ENTER, onTerminal } from './terminal.ts';

let home: Home;
let file: string;
beforeEach(async () => {
  home = await makeHome();
  file = join(home.folder, 'openclaw.json');
});
afterEach(() => home[Symbol.asyncDispose]());

const write = async (text: string): Promise<void> => {
  await mkdir(home.folder, { recursive: true });
  await writeFile(file, text);
};
const text = (): Promise<string> => readFile(file, 'utf8');
const config = (...args: readonly string[]) => run(['config', ...args], home.env);

describe('config set', () => {
  test('as the documents print it, on a fresh machine', async () => {
    const { code, out, err } = await config('set', 'gateway.token', 'your-secret-token');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`gateway.token is set in ${file}\nIt counts from the next start of the gateway.\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await using gateway = await runGateway(home);
    const ask = (token: string): Promise<Response> => fetch(`${gateway.url}/api/native/status.get`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    expect((await ask('your-secret-token')).status).toBe(200);
    expect((await ask('another')).status).toBe(401);
  });

  test('keeps comments and the order of keys', async () => {
    await write('// mine\n{\n  limits: { maxStepsPerTurn: 5 }, // few\n  gateway: {\n    // why\n    port: 4000,\n  },\n}\n');
    expect((await config('set', 'gateway.port', '4001')).code).toBe(0);
    expect((await config('set', 'gateway.allowedHosts', '["a.example"]')).code).toBe(0);
    expect(await text()).toBe('// mine\n{\n  limits: { maxStepsPerTurn: 5 }, // few\n  gateway: {\n    // why\n    port: 4001,\n    allowedHosts: ["a.example"],\n  },\n}\n');
    expect((await config('unset', 'gateway.allowedHosts')).code).toBe(0);
    expect(await text()).toBe('// mine\n{\n  limits: { maxStepsPerTurn: 5 }, // few\n  gateway: {\n    // why\n    port: 4001,\n  },\n}\n');
  });

  test.each<[string, string, unknown]>([
    ['gateway.port', '4000', 4000],
    ['api.port', 'null', null],
    ['logging.pretty', 'true', true],
    ['tools.deny', "['read_file',]", ['read_file']],
    ['model', 'anthropic/claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5'],
    ['models.aliases."gpt-4.1"', 'openai/gpt-4.1', 'openai/gpt-4.1'],
    ['agents.defaults.systemPrompt', '// be kind', '// be kind'],
    ['agents.defaults.systemPrompt', 'Say {"ok"}.', 'Say {"ok"}.'],
  ])('%s %s', async (path, value, expected) => {
    expect(await config('set', path, value)).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse((await config('get', path, '--json')).out)).toEqual(expected);
  });

  test('takes text for text where told to, and says when that is what is missing', async () => {
    expect(await config('set', 'gateway.token', '12345678')).toMatchObject({ code: 1, err: expect.stringContaining('--string') });
    expect(await config('set', '--string', 'gateway.token', '12345678')).toMatchObject({ code: 0 });
    expect((await config('get', 'gateway.token', '--show-secrets', '--json')).out).toBe('"12345678"\n');
  });

  test('reads a secret from standard input', async () => {
    expect(await run(['config', 'set', 'models.providers.openai.apiKey', '-'], home.env, 'sk-from-a-pipe\n')).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(await text())).toEqual({ models: { providers: { openai: { apiKey: 'sk-from-a-pipe' } } } });
  });

  test('refuses what no gateway can start with, and leaves the file alone', async () => {
    await write('{ gateway: { port: 4000 } }');
    expect(await config('set', 'gateway.port', 'eighteen')).toMatchObject({ code: 1, err: expect.stringMatching(/gateway\.port: expected a whole number.*eighteen/) });
    expect(await config('set', 'gateway..port', '1')).toMatchObject({ code: 1, err: expect.stringContaining('not the path of a key') });
    expect(await text()).toBe('{ gateway: { port: 4000 } }');
  });

  test('says which key was meant', async () => {
    expect(await config('set', 'gateway.prot', '1')).toMatchObject({ code: 0, err: expect.stringContaining('did you mean gateway.port?') });
    expect(await config('get', 'gateway.tokne')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('did you mean gateway.token?') });
    expect(await config('get', 'gateway.host')).toMatchObject({ code: 1, err: expect.stringContaining('its default counts') });
  });

  test('says whether a running gateway must be restarted', async () => {
    await using gateway = await runGateway(home);
    expect((await config('set', 'limits.maxStepsPerTurn', '7')).out).toContain('takes it up by itself');
    expect((await config('set', 'gateway.port', '4000')).out).toContain('Restart the gateway: gateway.port is read at its start only.');
    expect((await config('unset', 'gateway.port')).out).toContain('Restart the gateway');
    await gateway.stop();
    expect((await config('set', 'gateway.port', '4000')).out).toContain('from the next start');
  });
});

describe('config get', () => {
  const SECRETS = {
    gateway: { token: 'tok-1111', auth: { token: 'tok-1111' } },
    models: { providers: { p: { apiKey: ['key-2222', '${P_KEY}'], headers: { authorization: 'Bearer key-3333', 'x-api-key': 'key-4444' } } } },
    store: { url: 'postgres://me:pass-5555@db/claw' },
    limits: { maxTokensPerTurn: 9000 },
  };

  test('hides every secret, and no variable', async () => {
    await write(JSON.stringify(SECRETS));
    const { out } = await config('get');
    for (const secret of ['tok-1111', 'key-2222', 'key-3333', 'key-4444', 'pass-5555']) expect(out).not.toContain(secret);
    expect(JSON.parse(out)).toMatchObject({ gateway: { token: '[hidden]' }, models: { providers: { p: { apiKey: ['[hidden]', '${P_KEY}'] } } }, limits: { maxTokensPerTurn: 9000 } });
    for (const path of ['gateway.token', 'models.providers.p.apiKey[0]', 'models.providers.p.headers.authorization']) expect((await config('get', path)).out).toBe('[hidden]\n');
    expect((await config('get', 'models.providers.p.apiKey[1]')).out).toBe('${P_KEY}\n');
    expect((await config('get', 'store.url')).out).toBe('postgres://me:[hidden]@db/claw\n');
    expect(JSON.parse((await config('get', '--show-secrets')).out)).toEqual(SECRETS);
  });

  test('without a file says nothing is set, and makes none', async () => {
    expect(await config('get')).toEqual({ code: 0, out: '{}\n', err: '' });
    expect(await config('path')).toMatchObject({ code: 0, out: `${file}\n` });
    await expect(stat(file)).rejects.toThrow();
  });
});

describe('config validate', () => {
  test('is content with a sound file, and tells what nobody knows', async () => {
    await write('{ gatway: { port: 1 }, plugins: {}, gateway: { port: 4000 } }');
    const { code, out, err } = await config('validate');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`warning: gatway is not known; did you mean gateway?\nnote: plugins is not used yet\n${file} is sound\n`);
  });

  test.each([
    ['{ gateway: { port: 1,\n  nonsense\n}', /openclaw\.json:3:1: /],
    ['{\n  gatway: 1,\n  gateway: { port: "x" } }', /openclaw\.json:3:14: gateway\.port: expected a whole number/],
    ['{ gateway: { bind: "lan", auth: { enabled: false } } }', /gateway\.auth\.enabled/],
    ['{ gateway: { token: "${NOT_SET_ANYWHERE}" } }', /NOT_SET_ANYWHERE is not set/],
  ])('%s ends with 1', async (broken, message) => {
    await write(broken);
    const { code, out, err } = await config('validate');
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n +at /);
    expect(out.includes('did you mean gateway?')).toBe(broken.includes('gatway'));
    const { code: again, out: verdict } = await config('validate', '--json');
    expect([again, JSON.parse(verdict)]).toEqual([1, expect.objectContaining({ ok: false, error: expect.stringMatching(message) })]);
  });
});

describe('config edit', () => {
  const editor = async (...lines: readonly string[]): Promise<Record<string, string>> => {
    await mkdir(home.folder, { recursive: true });
    const script = join(home.folder, 'my editor.sh');
    await writeFile(script, `#!/bin/sh\n${lines.join('\n')}\n`);
    await chmod(script, 0o700);
    // Copies that are kept go with the home.
    return { ...home.env, TMPDIR: home.folder, EDITOR: `'${script}' --wait` };
  };
  const edit = 'file="$2"; mode=$(stat -c %a "$file")';

  test('puts a sound text in place, and shows it to nobody meanwhile', async () => {
    await write('{ gateway: { port: 4000 } } // mine\n');
    const env = await editor(edit, 'echo "$mode" > "$0.mode"', 'sed -i s/4000/4001/ "$file"');
    expect(await run(['config', 'edit'], env)).toMatchObject({ code: 0, out: expect.stringContaining('next start') });
    expect(await text()).toBe('{ gateway: { port: 4001 } } // mine\n');
    expect(await readFile(join(home.folder, 'my editor.sh.mode'), 'utf8')).toBe('600\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await run(['config', 'edit'], await editor('true'))).toMatchObject({ code: 0, out: 'Nothing was changed.\n' });
  });

  test('keeps a broken edit out of the file, and does not lose it', async () => {
    await write('{ gateway: { port: 4000 } }\n');
    const { code, err } = await run(['config', 'edit'], await editor(edit, 'sed -i s/4000/many/ "$file"'));
    expect(code).toBe(1);
    expect(err).toContain('The file stays as it was');
    expect(await text()).toBe('{ gateway: { port: 4000 } }\n');
    expect(await readFile(/kept in (\S+)/.exec(err)?.[1] ?? '', 'utf8')).toBe('{ gateway: { port: many } }\n');
  });

  test('offers to open a broken one again', async () => {
    await write('{ gateway: { port: 4000 } }\n');
    const env = await editor(edit, 'if grep -q 4000 "$file"; then sed -i s/4000/many/ "$file"; else sed -i s/many/4002/ "$file"; fi');
    await using editing = onTerminal([process.execPath, MAIN, 'config', 'edit'], env);
    await editing.until('Open the editor again?');
    editing.type(`y${ENTER}`);
    expect(await editing.ended).toBe(0);
    expect(await text()).toBe('{ gateway: { port: 4002 } }\n');
  });

  test('does not undo what another changed meanwhile', async () => {
    await write('{ gateway: { port: 4000 } }\n');
    const env = await editor(edit, 'sed -i s/4000/4001/ "$file"', `echo '{ api: { port: null } }' > '${file}'`);
    expect(await run(['config', 'edit'], env)).toMatchObject({ code: 1, err: expect.stringMatching(/has changed since[^]*kept in/) });
    expect(await text()).toBe('{ api: { port: null } }\n');
  });

  test('makes the file where there is none, unless somebody was faster', async () => {
    expect(await run(['config', 'edit'], await editor('file="$2"', 'echo "{ gateway: { port: 4000 } }" > "$file"'))).toMatchObject({ code: 0 });
    expect([await text(), (await stat(file)).mode & 0o777]).toEqual(['{ gateway: { port: 4000 } }\n', 0o600]);
    await using other = await makeHome();
    const theirs = join(other.folder, 'openclaw.json');
    const env = { ...(await editor('file="$2"', 'echo "{ gateway: { port: 4001 } }" > "$file"', `mkdir -p '${other.folder}'; echo '{}' > '${theirs}'`)), OPENCLAW_STATE_DIR: other.folder };
    expect(await run(['config', 'edit'], env)).toMatchObject({ code: 1, err: expect.stringContaining('has changed since') });
    expect(await readFile(theirs, 'utf8')).toBe('{}\n');
  });

  test('says which editor failed', async () => {
    expect(await run(['config', 'edit'], { ...(await editor('true')), EDITOR: 'no-such-editor' })).toMatchObject({ code: 1, err: expect.stringMatching(/no-such-editor[^]*VISUAL or EDITOR/) });
  });
});
