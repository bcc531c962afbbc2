import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort, type Home, makeHome, run, runGateway, takePort } from './program.ts';

const Report = z.strictObject({
  ok: z.boolean(),
  findings: z.array(z.strictObject({ level: z.enum(['ok', 'warn', 'error']), check: z.string(), message: z.string(), mend: z.string().optional(), fix: z.enum(['possible', 'done']).optional() })),
});
type Finding = z.infer<typeof Report>['findings'][number];

/** What the doctor says of one thing. */
const examine = async (home: Home, ...flags: readonly string[]): Promise<{ readonly code: number | null; readonly of: (check: string) => Finding | undefined; readonly findings: readonly Finding[] }> => {
  const { code, out, err } = await run(['doctor', '--json', ...flags], home.env);
  expect(err).toBe('');
  const { findings, ok } = Report.parse(JSON.parse(out));
  expect(ok).toBe(code === 0);
  return { code, findings, of: (check) => findings.find((one) => one.check === check) };
};

const makeConfigured = async (config: string, name = 'openclaw.json', more: Readonly<Record<string, string>> = {}): Promise<Home> => {
  const home = await makeHome(more);
  await mkdir(home.folder, { mode: 0o700 });
  await writeFile(join(home.folder, name), config, { mode: 0o600 });
  return home;
};

const quiet = async (): Promise<string> => `gateway: { port: ${await freePort()} }, api: { port: null }`;

describe('doctor', () => {
  test('on a machine with nothing installed finds no error, and makes nothing', async () => {
    await using home = await makeHome();
    const { findings, of } = await examine(home);
    expect(findings.filter(({ level, check }) => level === 'error' && check !== 'Port')).toEqual([]);
    expect(of('State')).toMatchObject({ level: 'ok', message: expect.stringContaining('the first start makes it') });
    expect(of('Gateway')).toMatchObject({ level: 'warn', mend: 'openclaw gateway start' });
    await expect(readdir(home.folder)).rejects.toThrow();
  });

  test('on a gateway in order says so in words, with marks', async () => {
    await using home = await makeConfigured(`{ ${await quiet()} }`, 'openclaw.json', { OPENAI_API_KEY: 'key-of-nobody' });
    await using gateway = await runGateway(home);
    const { code, out } = await run(['doctor'], home.env);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^ok +Gateway +ready at ${gateway.url}, process ${gateway.child.pid}$`, 'm'));
    expect(out).toMatch(/^ok +Model +openai\/gpt-5 \(its key is in the environment\)$/m);
    expect(out).not.toMatch(/^(warn|error)/m);
    expect(out).toMatch(/\n\nEverything is in order\.\n$/);
    const token = (await readFile(join(home.folder, 'gateway.token'), 'utf8')).trim();
    expect(out).not.toContain(token);
    expect(out).not.toContain('key-of-nobody');
  });

  test.each([
    ['that is no JSON5', '{\n  gateway: { port: 1,\n', /openclaw\.json:\d+/, /edit \S+openclaw\.json, line \d+/],
    ['with a value of the wrong type', '{ gateway: { port: "eighteen" } }', /gateway\.port: expected a whole number.*eighteen/, /edit/],
    ['with a variable that is not set', '{ gateway: { token: "${NOT_SET_HERE}" } }', /NOT_SET_HERE is not set/, /edit/],
  ])('finds a configuration %s, and looks at the rest all the same', async (_name, text, message, mend) => {
    await using home = await makeConfigured(text);
    const { code, of } = await examine(home);
    expect(code).toBe(1);
    expect(of('Config')).toMatchObject({ level: 'error', message: expect.stringMatching(message), mend: expect.stringMatching(mend) });
    for (const check of ['Node', 'State', 'Token', 'Gateway', 'Disk', 'Logs']) expect(of(check)).toBeDefined();
  });

  test('finds two configurations at once, and keys that nobody knows', async () => {
    await using home = await makeConfigured('{ gateway: { prot: 1 } }');
    expect((await examine(home)).of('Config')).toMatchObject({ level: 'warn', message: 'gateway.prot is not known; did you mean gateway.port?', mend: expect.stringContaining('openclaw config unset gateway.prot') });
    await writeFile(join(home.folder, 'openclaw.yml'), 'gateway: {}');
    expect((await examine(home)).of('Config')).toMatchObject({ level: 'error', message: expect.stringMatching(/openclaw\.yml is there as well/) });
  });

  test('finds webhooks that take nothing, are open to guessing, or speak to nobody', async () => {
    const token = 'x'.repeat(40);
    const endpoints = `[{ path: "open", secret: "" }, { path: "short", secret: "hush" }, { path: "lost", agent: "nobody" }, { path: "wordy", message: "{{payload.x}}" }, { path: "off", secret: "", enabled: false }]`;
    const mappings = `[{ id: "mute" }, { id: "lost", agentId: "nobody", messageTemplate: "x" }, { id: "asks", sessionKey: "hook:{{id}}", messageTemplate: "x" }, { id: "nameless", sessionMode: "persistent", messageTemplate: "x" }, { id: "open", allowUnsafeExternalContent: true, messageTemplate: "x" }, { id: "bare", transform: { module: "bare.mjs" } }]`;
    await using home = await makeConfigured(`{ ${await quiet()}, webhooks: { incoming: { secret: "${token}", endpoints: ${endpoints} } }, hooks: { enabled: true, token: "${token}", presets: ["gmial"], mappings: ${mappings} } }`, 'openclaw.json', { OPENCLAW_AUTH_TOKEN: token });
    const { code, findings } = await examine(home);
    expect(code).toBe(1);
    const said = (check: string) => findings.filter((one) => one.check === check).map(({ level, message }) => `${level} ${message}`);
    expect(said('Webhooks')).toEqual([
      'warn /webhook/open takes nothing: it has no secret',
      expect.stringMatching(/^warn a secret of \/webhook\/short has 4 characters/),
      expect.stringMatching(/^error \/webhook\/lost speaks to the agent "nobody", and there is none/),
      expect.stringMatching(/^warn \/webhook\/wordy .*\{\{payload\.x\}\}/),
    ]);
    expect(said('Hooks')).toEqual([
      expect.stringMatching(/^error hooks\.token is the token of the gateway/),
      'warn there is no preset "gmial"; there is gmail',
      expect.stringMatching(/^warn the mapping mute .* no messageTemplate/),
      expect.stringMatching(/^error the mapping lost speaks/),
      expect.stringMatching(/^warn the mapping asks /),
      expect.stringMatching(/^warn the mapping nameless /),
      expect.stringMatching(/^warn the mapping open /),
      expect.stringMatching(/^error the mapping bare .*there is no module .*bare\.mjs$/),
    ]);
    expect(JSON.stringify(findings)).not.toContain(token);
    await using well = await makeConfigured(`{ ${await quiet()}, webhooks: { incoming: { secret: "${token}", endpoints: [{ path: "a" }] } }, hooks: { enabled: true, token: "${token}y" } }`);
    const { of } = await examine(well);
    expect([of('Webhooks')?.message, of('Hooks')?.message]).toEqual(['1 can come in', 'at /hooks, with 0 of their own']);
  });

  test.skipIf(process.platform === 'win32')('finds what others may look into, and --fix mends it', async () => {
    const strong = 'x'.repeat(40);
    await using home = await makeConfigured(`{ ${await quiet()}, models: { providers: { openai: { apiKey: "key-of-nobody" } } } }`);
    await writeFile(join(home.folder, 'gateway.token'), `${strong}\n`);
    for (const [path, mode] of [['', 0o755], ['openclaw.json', 0o644], ['gateway.token', 0o640]] as const) await chmod(join(home.folder, path), mode);
    const before = await examine(home);
    expect(before.code).toBe(1);
    for (const check of ['State', 'Config', 'Token']) expect(before.of(check)).toMatchObject({ level: 'error', mend: expect.stringContaining('chmod'), fix: 'possible' });
    expect((await run(['doctor'], home.env)).out).toContain('openclaw doctor --fix');
    expect((await stat(home.folder)).mode & 0o777).toBe(0o755);
    const mending = await examine(home, '--fix');
    expect(mending.code).toBe(0);
    expect(mending.of('Token')).toMatchObject({ level: 'ok', fix: 'done' });
    const modes = await Promise.all(['', 'openclaw.json', 'gateway.token'].map(async (path) => (await stat(join(home.folder, path))).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    for (const { message, mend = '' } of [...before.findings, ...mending.findings]) expect(message + mend).not.toMatch(/xxxx|key-of-nobody/);
  });

  test('finds a port that another program has, and knows its own', async () => {
    await using taken = await takePort();
    await using home = await makeConfigured(`{ gateway: { port: ${taken.port} }, api: { port: null } }`);
    const { code, of } = await examine(home);
    expect(code).toBe(1);
    expect(of('Port')).toMatchObject({ level: 'error', message: expect.stringMatching(new RegExp(`${taken.port}.*in use by another program`)), mend: expect.stringContaining('gateway.port') });
    await using gateway = await runGateway(home);
    expect((await examine(home)).of('Port')).toMatchObject({ level: 'ok', message: `${new URL(gateway.url).port} is the running gateway's` });
  });

  test('finds a second port that is taken, which is no error', async () => {
    await using taken = await takePort();
    await using home = await makeConfigured(`{ gateway: { port: ${await freePort()} }, api: { port: ${taken.port} } }`);
    expect(await examine(home)).toMatchObject({ code: 0 });
    expect((await examine(home)).of('Port')).toMatchObject({ level: 'warn', message: expect.stringContaining('goes on without it') });
  });

  test('finds tokens that can be guessed, and those that contradict each other', async () => {
    await using weak = await makeConfigured(`{ ${await quiet()}, }`, 'openclaw.json', { OPENCLAW_AUTH_TOKEN: 'too-short-by-far' });
    const { of, code } = await examine(weak);
    expect(code).toBe(0);
    expect(of('Token')).toMatchObject({ level: 'warn', message: expect.stringMatching(/OPENCLAW_AUTH_TOKEN has 16 characters; at least 32/) });
    expect(of('Token')?.message).not.toContain('too-short');
    await using both = await makeHome({ OPENCLAW_AUTH_TOKEN: 'a'.repeat(40), OPENCLAW_GATEWAY_TOKEN: 'b'.repeat(40) });
    expect((await examine(both)).of('Token')).toMatchObject({ level: 'error', message: expect.stringContaining('different values') });
  });

  test('finds a door that is open, or opens for nobody', async () => {
    await using open = await makeConfigured('{ gateway: { auth: { enabled: false } } }');
    expect((await examine(open)).of('Token')).toMatchObject({ level: 'warn', message: expect.stringContaining('authentication is off') });
    await using lan = await makeConfigured('{ gateway: { bind: "lan" } }');
    expect((await examine(lan)).of('Reach')).toMatchObject({ level: 'warn', mend: expect.stringContaining('gateway.allowedHosts') });
    await using named = await makeConfigured('{ gateway: { bind: "lan", allowedHosts: ["house.lan"] } }');
    expect((await examine(named)).of('Reach')).toMatchObject({ level: 'ok', message: expect.stringContaining('house.lan') });
  });

  test('finds a model without its key, and that only the demo answers', async () => {
    await using keyless = await makeConfigured('{ model: "anthropic/claude-sonnet-4-5" }');
    expect((await examine(keyless)).of('Model')).toMatchObject({ level: 'error', message: expect.stringContaining('needs a key'), mend: expect.stringContaining('ANTHROPIC_API_KEY') });
    await using demo = await makeHome();
    expect((await examine(demo)).of('Model')).toMatchObject({ level: 'warn', message: 'only the built-in demo answers' });
  });

  test('finds files where folders should be', async () => {
    await using home = await makeConfigured('{}');
    await writeFile(join(home.folder, 'logs'), 'in the way');
    expect((await examine(home)).of('Logs')).toMatchObject({ level: 'error', message: expect.stringContaining('not a folder') });
    await using other = await makeHome();
    await writeFile(other.folder, 'in the way');
    const { code, of } = await examine(other);
    expect(code).toBe(1);
    expect(of('State')).toMatchObject({ level: 'error', message: expect.stringContaining('not a folder') });
  });

  test.runIf(process.platform === 'linux')('finds a disk that is nearly full', async () => {
    // A pseudo file system has no free block.
    await using home = await makeHome({ OPENCLAW_STATE_DIR: '/proc/openclaw' });
    expect((await examine(home)).of('Disk')).toMatchObject({ level: 'warn', message: expect.stringMatching(/only 0 MB free/) });
  });

  test('finds that nobody has to prove their name', async () => {
    await using home = await makeHome({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect((await examine(home)).of('Certificates')).toMatchObject({ level: 'warn', message: expect.stringContaining('to a stranger'), mend: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  test('finds what a kill -9 left behind', async () => {
    await using home = await makeConfigured(`{ ${await quiet()} }`);
    await using gateway = await runGateway(home);
    gateway.child.kill('SIGKILL');
    await gateway.ended;
    expect((await examine(home)).of('Gateway')).toMatchObject({ level: 'warn', message: expect.stringMatching(new RegExp(`process ${gateway.child.pid} was killed`)), mend: 'openclaw gateway start' });
  });
});
