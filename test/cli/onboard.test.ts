import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { freePort, type Home, MAIN, makeHome, run, runGateway } from './program.ts';
import { CTRL_C, DOWN, ENTER, onTerminal, type OnTerminal } from './terminal.ts';

const KEY = 'sk-very-secret-1234567890';

let home: Home;
let file: string;
let model: ModelServer;
beforeEach(async () => {
  model = await startModelServer({
    models: ['alpha', 'beta'],
    script: ({ apiKey, wire }) => (apiKey === KEY || wire === 'openai' ? { text: 'Hello.', usage: { inputTokens: 9, outputTokens: 2 } } : { status: 401, message: 'invalid key' }),
  });
  home = await makeHome();
  file = join(home.folder, 'openclaw.json');
});
afterEach(async () => {
  await model.close();
  await home[Symbol.asyncDispose]();
});

const written = async (): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
const onboard = (args: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string) => run(['onboard', ...args], { ...home.env, ...env }, input);

describe('onboard --yes', () => {
  test('tries an endpoint and writes it down; a gateway started then answers with it', async () => {
    const { code, out, err } = await onboard(['--provider', 'lab', '--base-url', model.url, '--yes']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/Model +lab\/alpha\nAnswer +Hello\.\n[^]*lab\/alpha answers from now on[^]*openclaw gateway start\n {2}openclaw chat\n/);
    expect(await written()).toEqual({ models: { providers: { lab: { api: 'openai', baseUrl: model.url } }, default: 'lab/alpha' } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await using gateway = await runGateway(home);
    expect(gateway.said().out).toContain('lab/alpha (from the configuration)');
    expect(await run(['send', 'Hi'], home.env)).toMatchObject({ code: 0, out: 'Hello.\n' });
  });

  test('keeps a key out of what it prints, and out of the file where the environment has it', async () => {
    const typed = await onboard(['--provider', 'anthropic', '--base-url', model.url, '--model', 'claude-x', '--api-key', '-', '--yes'], {}, `${KEY}\n`);
    expect(typed).toMatchObject({ code: 0, err: '' });
    expect(typed.out).not.toContain(KEY);
    expect(await written()).toEqual({ models: { providers: { anthropic: { baseUrl: model.url, apiKey: KEY } }, default: 'anthropic/claude-x' } });
    const found = await onboard(['--provider', 'anthropic', '--base-url', model.url, '--model', 'claude-y', '--yes'], { ANTHROPIC_API_KEY: KEY });
    expect(found).toMatchObject({ code: 0, err: '' });
    expect(await written()).toEqual({ models: { providers: { anthropic: { baseUrl: model.url, apiKey: '${ANTHROPIC_API_KEY}' } }, default: 'anthropic/claude-y' } });
    expect(model.requests.map(({ apiKey }) => apiKey)).toEqual([KEY, KEY]);
  });

  test('writes nothing where the model gives no answer, unless told to', async () => {
    const args = ['--provider', 'anthropic', '--base-url', model.url, '--model', 'claude-x', '--api-key', 'sk-wrong-0987654321', '--yes'];
    const refused = await onboard(args);
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/invalid key.*ANTHROPIC_API_KEY/) });
    expect(refused.err).not.toContain('sk-wrong');
    expect(await readdir(home.folder).catch(() => [])).not.toContain('openclaw.json');
    expect(await onboard([...args, '--skip-test'])).toMatchObject({ code: 0 });
    expect(await written()).toMatchObject({ models: { default: 'anthropic/claude-x' } });
  });

  test('changes what the file has, in the words it has it in', async () => {
    await mkdir(home.folder);
    await writeFile(file, '{\n  // the one I like\n  model: { provider: "openai", name: "gpt-5", fallbacks: ["local/q"] },\n  models: { aliases: { fast: "local/q" } },\n}\n');
    expect(await onboard(['--provider', 'demo', '--yes'])).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toBe('{\n  // the one I like\n  model: { provider: "openclaw", name: "demo", fallbacks: ["local/q"] },\n  models: { aliases: { fast: "local/q" } },\n}\n');
  });

  test('tries what the file will say, with what it says already', async () => {
    await mkdir(home.folder);
    await writeFile(file, JSON.stringify({ models: { providers: { anthropic: { baseUrl: model.url, headers: { 'x-lab': 'one' } } } } }));
    expect(await onboard(['--provider', 'anthropic', '--model', 'claude-x', '--yes'], { ANTHROPIC_API_KEY: KEY })).toMatchObject({ code: 0, err: '' });
    expect(model.requests[0]).toMatchObject({ model: 'claude-x', headers: { 'x-lab': 'one' } });
    expect(await written()).toEqual({ models: { providers: { anthropic: { baseUrl: model.url, headers: { 'x-lab': 'one' }, apiKey: '${ANTHROPIC_API_KEY}' } }, default: 'anthropic/claude-x' } });
  });

  test('is content with the key that the file has', async () => {
    await mkdir(home.folder);
    await writeFile(file, JSON.stringify({ models: { providers: { anthropic: { baseUrl: model.url, apiKey: KEY } } } }));
    expect(await onboard(['--provider', 'anthropic', '--model', 'claude-x', '--yes'])).toMatchObject({ code: 0, err: '' });
    expect(model.requests[0]?.apiKey).toBe(KEY);
    expect(await written()).toEqual({ models: { providers: { anthropic: { baseUrl: model.url, apiKey: KEY } }, default: 'anthropic/claude-x' } });
  });

  test("says nothing of where a known provider is: its key goes there and nowhere else", async () => {
    expect(await onboard(['--provider', 'groq', '--yes', '--skip-test'], { GROQ_API_KEY: KEY })).toMatchObject({ code: 0 });
    expect(await written()).toMatchObject({ models: { providers: { groq: { apiKey: '${GROQ_API_KEY}' } } } });
    expect(JSON.stringify(await written())).not.toContain('baseUrl');
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no provider', [], /--provider, one of anthropic, openai, google/],
    ['one that nobody knows', ['--provider', 'nowhere'], /--base-url/],
    ['no key', ['--provider', 'openai'], /OPENAI_API_KEY[^]*--api-key -/],
  ])('with %s says what is missing', async (_name, args, message) => {
    expect(await onboard([...args, '--yes'])).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) });
  });

  test('an endpoint that is not there is said to be so', async () => {
    const { code, err } = await onboard(['--provider', 'lab', '--base-url', `http://127.0.0.1:${await freePort()}`, '--yes']);
    expect(code).toBe(1);
    expect(err).toContain('--model');
    expect(err).not.toMatch(/\n +at /);
  });
});

test('without a terminal and without --yes it says how to go on', async () => {
  expect(await onboard([])).toMatchObject({ code: 2, err: expect.stringContaining('openclaw onboard --provider anthropic --yes') });
});

describe('onboard on a terminal', () => {
  const asking = (env: Readonly<Record<string, string>> = {}): OnTerminal => onTerminal([process.execPath, MAIN, 'onboard'], { ...home.env, ...env });

  test('asks for an endpoint, a key that is not shown, and a model; tries it; writes it', async () => {
    await using screen = asking();
    await screen.until(/Who serves it\?[^]*Anthropic[^]*built-in demo/);
    screen.type(DOWN.repeat(3) + ENTER);
    await screen.until('Where is it?');
    screen.type(`${model.url}${ENTER}`);
    await screen.until('not shown');
    screen.type(`${KEY}${ENTER}`);
    await screen.until(/Which model\?[^]*alpha[^]*beta/);
    screen.type(DOWN + ENTER);
    await screen.until(/It answers[^]*custom\/beta answers from now on[^]*openclaw chat/);
    expect(await screen.ended).toBe(0);
    expect(screen.raw()).not.toContain(KEY);
    expect(screen.raw()).not.toContain(KEY.slice(3, 12));
    expect(await written()).toEqual({ models: { providers: { custom: { api: 'openai', baseUrl: model.url, apiKey: KEY } }, default: 'custom/beta' } });
  });

  test('offers a key of the environment by its name, and lets one leave after a failed try', async () => {
    await using screen = asking({ ANTHROPIC_API_KEY: 'sk-wrong-0987654321', ANTHROPIC_BASE_URL: model.url });
    await screen.until(/Anthropic \(ANTHROPIC_API_KEY is set\)/);
    screen.type(CTRL_C);
    await screen.ended;
    expect(await readdir(home.folder).catch(() => [])).not.toContain('openclaw.json');
    await using again = onTerminal([process.execPath, MAIN, 'onboard', '--base-url', model.url, '--provider', 'anthropic', '--model', 'claude-x'], { ...home.env, ANTHROPIC_API_KEY: 'sk-wrong-0987654321' });
    await again.until(/Use the key in ANTHROPIC_API_KEY\?[^]*\$\{ANTHROPIC_API_KEY\}/);
    again.type(ENTER);
    await again.until(/does not answer[^]*invalid key[^]*And now\?/);
    again.type(DOWN.repeat(2) + ENTER);
    await again.until('Nothing was changed');
    expect(await again.ended).toBe(130);
    expect(await readdir(home.folder).catch(() => [])).not.toContain('openclaw.json');
    expect(again.raw()).not.toContain('sk-wrong');
  });

  test('finds a server of local models', async () => {
    await using screen = asking({ OPENCLAW_DETECT_MODELS: 'on', OLLAMA_HOST: model.url });
    await screen.until(/Ollama on this machine \(.*2 models\)/);
    screen.type(ENTER);
    await screen.until(/Which model\?[^]*alpha/);
    screen.type(ENTER);
    await screen.until('ollama/alpha answers from now on');
    expect(await written()).toMatchObject({ models: { providers: { ollama: { api: 'openai', baseUrl: `${model.url}/v1` } }, default: 'ollama/alpha' } });
  });
});
