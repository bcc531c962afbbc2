import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { keepLastGood, loadConfig, type LoadedConfig } from './load-config.ts';
import type { ConfigFlags } from './settings.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'config-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const place = (name: string): string => join(root, name);
const write = (config: unknown, name = 'openclaw.json') => writeFile(place(name), typeof config === 'string' ? config : JSON.stringify(config));
const load = (env: Record<string, string> = {}, flags: ConfigFlags = {}): Promise<LoadedConfig> => loadConfig({ env: { HOME: '/home/ann', OPENCLAW_STATE_DIR: root, ...env }, flags });
const settings = async (config: unknown, env?: Record<string, string>, flags?: ConfigFlags) => {
  await write(config);
  return (await load(env, flags)).settings;
};

describe('which file counts', () => {
  test('none: the defaults', async () => {
    const loaded = await load();
    expect(loaded.text).toBeUndefined();
    expect(loaded.file).toBe(place('openclaw.json'));
    expect(loaded.settings).toMatchObject({
      gateway: { port: 18789, host: '127.0.0.1', authRequired: true },
      api: { port: 3000 },
      models: { fallbacks: [], providers: {} },
      agents: { main: { workspace: join(root, 'workspaces', 'main') } },
      limits: { maxStepsPerTurn: 25, maxRepeatedToolCalls: 3, turnTimeoutSeconds: 600, toolTimeoutSeconds: 60, maxConcurrentTurns: 32 },
      logging: { level: 'info', file: { folder: join(root, 'logs'), name: 'gateway.log' }, maxFileMB: 10, maxFiles: 5 },
    });
  });

  test('how many turns at once is said in either of two places', async () => {
    const turns = async (config: string) => (await settings(config)).limits.maxConcurrentTurns;
    expect(await turns('{ agents: { defaults: { maxConcurrent: 4 } } }')).toBe(4);
    expect(await turns('{ agents: { defaults: { maxConcurrent: 4 } }, limits: { maxConcurrentTurns: 5 } }')).toBe(5);
  });

  test.each([['openclaw.json', '{ gateway: { port: 4000 } }'], ['openclaw.json5', '{ gateway: { port: 4000 } }'], ['openclaw.yml', 'gateway:\n  port: 4000\n'], ['openclaw.yaml', 'gateway: { port: 4000 }']])(
    'finds %s',
    async (name, text) => {
      await write(text, name);
      expect((await load()).settings.gateway.port).toBe(4000);
    },
  );

  test('two: an error that names both', async () => {
    await write('{}');
    await write('', 'openclaw.yml');
    await expect(load()).rejects.toThrow(/openclaw\.json: .*openclaw\.yml is there as well/);
  });

  test('OPENCLAW_CONFIG_PATH names it; a name that leads nowhere is an error', async () => {
    await write('gateway: { port: 4000 }', 'mine.yaml');
    expect((await load({ OPENCLAW_CONFIG_PATH: place('mine.yaml') })).settings.gateway.port).toBe(4000);
    await expect(load({ OPENCLAW_CONFIG_PATH: place('gone.json') })).rejects.toThrow(/gone\.json.*OPENCLAW_CONFIG_PATH/);
  });
});

describe('what is no plain file of sane size is refused at once', () => {
  test('a folder', async () => {
    await mkdir(place('openclaw.json'));
    await expect(load()).rejects.toThrow(/openclaw\.json: is a folder/);
  });

  test('a pipe nobody writes to', async () => {
    execFileSync('mkfifo', [place('openclaw.json')]);
    await expect(load()).rejects.toThrow('not a regular file');
  });

  test('/dev/zero', async () => {
    await symlink('/dev/zero', place('openclaw.json'));
    await expect(load()).rejects.toThrow('not a regular file');
  });

  test('ten megabytes', async () => {
    await write(' '.repeat(10 * 1024 * 1024));
    await expect(load()).rejects.toThrow('at most 5242880');
  });

  test('bytes that are no text', async () => {
    await writeFile(place('openclaw.json'), Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
    await expect(load()).rejects.toThrow('UTF-8');
  });

  test('an empty file means the defaults', async () => {
    expect((await settings('')).gateway.port).toBe(18789);
    expect((await settings('\uFEFF')).gateway.port).toBe(18789);
  });
});

describe('wrong values', () => {
  test.each<[unknown, string]>([
    [{ gateway: { port: '3000; rm' } }, 'gateway.port: expected a whole number from 1 to 65535, got the text "3000; rm"'],
    [{ gateway: { port: 0 } }, 'gateway.port: expected a whole number from 1 to 65535, got 0'],
    [{ gateway: { port: 70000 } }, 'got 70000'],
    [{ gateway: { port: 1.5 } }, 'got 1.5'],
    [{ gateway: [] }, 'gateway: expected a section of keys and values, got a list'],
    [{ gateway: { auth: { enabled: 'yes' } } }, 'gateway.auth.enabled: expected true or false, got the text "yes"'],
    [{ gateway: { auth: { mode: 'none' } } }, 'gateway.auth.mode: expected one of "token", got the text "none"'],
    [{ gateway: { token: '' } }, 'gateway.token: expected a token of printable characters without blanks, got empty text'],
    [{ gateway: { token: 12345 } }, 'gateway.token: expected a token of printable characters without blanks, got a number (put a secret in quotes)'],
    [{ gateway: { bind: 'everywhere' } }, 'gateway.bind: expected "loopback", "lan" or an address'],
    [{ api: { port: 'off' } }, 'api.port: expected a whole number from 1 to 65535, or null for no second port, got the text "off"'],
    [{ model: 7 }, 'model: expected the name of a model, or a section with provider and name, got 7'],
    [{ model: { provider: 'x', max_context: 'many' } }, 'model.max_context: expected a whole number from 1 to 100000000, got the text "many"'],
    [{ models: { providers: { x: { baseUrl: 'file:///etc' } } } }, 'models.providers.x.baseUrl: expected a URL'],
    [{ models: { providers: { x: { models: [{ name: 'y' }] } } } }, 'models.providers.x.models[0].id: expected text, got nothing'],
    [{ models: { prices: { x: { input: -1, output: 1 } } } }, 'models.prices.x.input: expected US dollars'],
    [{ agents: { list: [{ id: '../x' }] } }, 'agents.list[0].id: expected a name'],
    [{ agents: { entries: { '../x': {} } } }, 'agents.entries."../x": expected a name'],
    [{ agents: { defaults: { timezone: 'Mars/Olympus' } } }, 'agents.defaults.timezone: expected a time zone'],
    [{ limits: { maxStepsPerTurn: 0 } }, 'limits.maxStepsPerTurn: expected a whole number from 1 to 10000, got 0'],
    [{ limits: { maxCostPerTurnUSD: 0 } }, 'limits.maxCostPerTurnUSD: expected a number above 0'],
    [{ store: { url: 'mysql://x' } }, 'store.url: expected a URL that begins with postgres://'],
    [{ logging: { level: 'loud' } }, 'logging.level: expected one of'],
    [{ tools: { roots: '/x' } }, 'tools.roots: expected a list of texts, got the text "/x"'],
  ])('%j', async (config, message) => {
    await write(config);
    const error = await load().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ file: place('openclaw.json'), line: 1, message: expect.stringContaining(message) });
  });

  test('the place is where the value stands, and a variable is shown by its name', async () => {
    await write('{\n  gateway: {\n    port: "${PORT}",\n  },\n}');
    await expect(load({ PORT: 'secret-thing' })).rejects.toThrow(`${place('openclaw.json')}:3:5: gateway.port: expected a whole number from 1 to 65535, got the text "\${PORT}"`);
  });

  test('a variable that is not set is named with its key', async () => {
    await write({ gateway: { auth: { token: '${OPENCLAW_AUTH_TOKEN}' } } });
    await expect(load()).rejects.toThrow(/gateway\.auth\.token: the environment variable OPENCLAW_AUTH_TOKEN is not set/);
    expect((await load({ OPENCLAW_AUTH_TOKEN: 'abc' })).settings.gateway.token).toBe('abc');
  });

  test('an unknown key is told of and kept', async () => {
    await write({ gateway: { prot: 1 }, plugins: { enabled: true } });
    const { reports, config } = await load();
    expect(reports.map(({ level, path }) => [level, path])).toEqual([['warn', 'gateway.prot'], ['info', 'plugins']]);
    expect(config).toMatchObject({ gateway: { prot: 1 }, plugins: { enabled: true } });
  });

  test('the copy of the last good file is named with the command that compares', async () => {
    await write('{ gateway: { port: 4000 } }');
    await keepLastGood(await load());
    await write('{ gateway: { port: 0 } }');
    await expect(load()).rejects.toThrow(`diff ${place('config.last-good')} ${place('openclaw.json')}`);
    expect(await readFile(place('config.last-good'), 'utf8')).toBe('{ gateway: { port: 4000 } }');
    expect(await readFile(place('openclaw.json'), 'utf8')).toBe('{ gateway: { port: 0 } }');
  });
});

describe('spellings that mean the same', () => {
  test('log_level is logging.level', async () => {
    expect((await settings({ log_level: 'debug' })).logging.level).toBe('debug');
    await expect(settings({ log_level: 'debug', logging: { level: 'warn' } })).rejects.toThrow('logging.level and log_level mean the same setting but say different things');
  });

  test.each<[unknown, object]>([
    [{ gateway: { token: 'a', auth: { token: 'a' } } }, { gateway: { token: 'a' } }],
    [{ gateway: { bind: 'loopback' } }, { gateway: { host: '127.0.0.1' } }],
    [{ gateway: { bind: 'loopback', host: '127.0.0.1' } }, { gateway: { host: '127.0.0.1' } }],
    [{ gateway: { bind: 'lan' } }, { gateway: { host: '0.0.0.0' } }],
    [{ api: { port: null } }, { api: { port: null } }],
    [{ api: { enabled: false } }, { api: { port: null } }],
    [{ gateway: { port: 3000 } }, { gateway: { port: 3000 }, api: { port: null } }],
    [{ model: 'anthropic/claude' }, { models: { default: 'anthropic/claude' } }],
    [{ model: { provider: 'ollama', name: 'qwen3', max_context: 8192, fallbacks: ['x'] } }, { models: { default: 'ollama/qwen3', contextTokens: 8192, fallbacks: ['x'] } }],
    [{ model: { provider: 'anthropic', max_context: 8192 } }, { models: { defaultProvider: 'anthropic', contextTokens: 8192 } }],
    [{ agents: { defaults: { model: { primary: 'a/b', fallbacks: ['c'] } } } }, { models: { default: 'a/b', fallbacks: ['c'] }, agents: { main: { model: 'a/b', fallbacks: ['c'] } } }],
    [{ agents: { defaults: { timeoutSeconds: 9 }, list: [{ id: 'a', model: 'm' }], entries: { b: {} } } }, { agents: { a: { model: 'm', timeoutSeconds: 9 }, b: { timeoutSeconds: 9 }, main: {} } }],
    [{ models: { providers: { p: { apiKey: 'k' }, anthropic: { apiKey: ['k', 'l', 'k', ''] } } } }, { models: { providers: { p: { api: 'openai', apiKeys: ['k'] }, anthropic: { api: 'anthropic', apiKeys: ['k', 'l'] } } } }],
    [{ models: { providers: { p: { models: [{ id: 'z', input: ['text', 'image'] }] } } } }, { models: { providers: { p: { models: [{ id: 'z', input: ['text', 'image'] }] } } } }],
    [{ models: { providers: { p: { models: ['x', { id: 'y', contextWindow: 9, maxTokens: 3 }] } } } }, { models: { providers: { p: { models: [{ id: 'x' }, { id: 'y', contextTokens: 9, maxOutputTokens: 3 }] } } } }],
  ])('%j', async (config, expected) => {
    expect(await settings(config)).toMatchObject(expected);
  });

  test.each<[unknown, RegExp]>([
    [{ gateway: { token: 'a', auth: { token: 'b' } } }, /gateway\.token and gateway\.auth\.token/],
    [{ gateway: { bind: 'loopback', host: '0.0.0.0' } }, /gateway\.bind and gateway\.host/],
    [{ model: 'a', models: { default: 'b' } }, /models\.default and model mean/],
    [{ model: 'a', agents: { defaults: { model: 'b' } } }, /model and agents\.defaults\.model/],
    [{ agents: { list: [{ id: 'a', model: 'x' }], entries: { a: { model: 'y' } } } }, /agents\.entries\.a/],
    [{ gateway: { bind: '0.0.0.0', auth: { enabled: false } } }, /gateway\.auth\.enabled.*gateway\.bind/],
    [{ gateway: { host: '192.168.1.5', auth: { enabled: false } } }, /gateway\.auth\.enabled.*gateway\.host/],
    [{ gateway: { bind: 'lan', auth: { enabled: false } } }, /gateway\.auth\.enabled.*gateway\.bind is "lan"/],
    [{ gateway: { host: '127.0.0.1.example.com', auth: { enabled: false } } }, /gateway\.auth\.enabled/],
  ])('%j is refused with the keys named', async (config, message) => {
    await write(config);
    await expect(load()).rejects.toThrow(message);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('authentication may be off on %s', async (host) => {
    expect((await settings({ gateway: { host, auth: { enabled: false } } })).gateway.authRequired).toBe(false);
  });

  test('a host on the command line is held to the same rule', async () => {
    await write({ gateway: { auth: { enabled: false } } });
    await expect(load({}, { host: '0.0.0.0' })).rejects.toThrow(/gateway\.auth\.enabled/);
  });
});

test('the command line comes before the file, the file before the environment', async () => {
  const env = { OPENCLAW_GATEWAY_PORT: '5000', DATABASE_URL: 'postgres://env/db' };
  expect(await settings({}, env)).toMatchObject({ gateway: { port: 5000 }, store: { postgresUrl: 'postgres://env/db' } });
  expect(await settings({ gateway: { port: 4000 }, store: { url: 'postgres://file/db' } }, env)).toMatchObject({ gateway: { port: 4000 }, store: { postgresUrl: 'postgres://file/db' } });
  expect(await settings({ gateway: { port: 4000 } }, env, { port: 6000, apiPort: null })).toMatchObject({ gateway: { port: 6000 }, api: { port: null } });
  await expect(load({ OPENCLAW_GATEWAY_PORT: '0x10' })).resolves.toMatchObject({ settings: { gateway: { port: 4000 } } });
  await write({});
  await expect(load({ OPENCLAW_GATEWAY_PORT: '0x10' })).rejects.toThrow('OPENCLAW_GATEWAY_PORT');
});

test('paths start at the file, and ~ is the home folder', async () => {
  const { tools, agents, logging } = await settings({ tools: { roots: ['~/code', 'near', '/far'] }, agents: { defaults: { workspace: '~/ws' }, list: [{ id: 'b' }] }, logging: { file: 'x/y.log' } });
  expect(tools.roots).toEqual(['/home/ann/code', place('near'), '/far']);
  expect(agents['main']?.workspace).toBe('/home/ann/ws');
  expect(agents['b']?.workspace).toBe(join(root, 'workspaces', 'b'));
  expect(logging.file).toEqual({ folder: place('x'), name: 'y.log' });
});

test('settings cannot be changed, and names from elsewhere are not found in them', async () => {
  const all = await settings({ models: { aliases: { fast: 'a/b' }, providers: { p: {} } } });
  expect(() => Object.assign(all.gateway, { port: 1 })).toThrow(TypeError);
  expect(() => Object.assign(all.models.aliases, { x: 'y' })).toThrow(TypeError);
  expect(all.models.aliases['constructor']).toBeUndefined();
  expect(all.agents['toString']).toBeUndefined();
});

test('secrets are found wherever they stand', async () => {
  await write({ gateway: { token: 'gateway-secret' }, models: { providers: { p: { apiKey: ['${KEY}'], headers: { Authorization: 'Bearer h' } } } }, channels: { x: { botToken: 'bot-secret' } }, store: { url: 'postgres://u:p%40ss@h/db' }, limits: { maxTokensPerTurn: 5 } });
  expect((await load({ KEY: 'from-env' })).secrets).toEqual(expect.arrayContaining(['gateway-secret', 'from-env', 'Bearer h', 'bot-secret', 'p@ss']));
});

test('a prefix that is not ours is told of', async () => {
  await write({ api: { prefix: '/api/v2' } });
  expect((await load()).reports).toMatchObject([{ level: 'warn', path: 'api.prefix' }]);
  await write({ api: { prefix: '/api/v1/' } });
  expect((await load()).reports).toEqual([]);
});

test('the sections the documents print are accepted as they are', async () => {
  await write({
    gateway: { host: '127.0.0.1', bind: 'loopback', port: 18789, trustedProxies: ['127.0.0.1'], max_connections: 10, auth: { enabled: true, mode: 'token', token: '${OPENCLAW_AUTH_TOKEN}' } },
    api: { enabled: true, port: 3000, prefix: '/api/v1', authentication: 'bearer', cors: { origins: ['https://your-dashboard.com'], methods: ['GET', 'POST', 'PATCH', 'DELETE'] }, keys: [{ key: '${API_KEY_1}', label: 'My Application', workspaces: ['team'], rateLimit: 100 }] },
    webhooks: { incoming: { enabled: true, secret: 'your-webhook-secret', endpoints: [] }, outgoing: [] },
    channels: { 'http-api': { max_messages_per_hour: 100, cooldown_seconds: 2, max_connections: 10 } },
    model: { provider: 'anthropic', max_context: 8192 },
  });
  const { reports, settings: all } = await load({ OPENCLAW_AUTH_TOKEN: 't0ken-value', API_KEY_1: 'a-long-enough-key' });
  expect(reports.filter(({ level }) => level === 'warn')).toEqual([]);
  expect(all.gateway).toMatchObject({ token: 't0ken-value', maxConnections: 10 });
});
