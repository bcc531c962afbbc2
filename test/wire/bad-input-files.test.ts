/** Bad input in files: what a start makes of a configuration or a state directory that is not what it should be. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { type Home, makeHome, run, runGateway, start } from '../cli/program.ts';

const WITHIN_MS = 8_000;
const CANARY = 'canary-of-the-file-tests';

type Prepare = (file: string, home: Home) => Promise<unknown>;
const write = (text: string): Prepare => (file) => writeFile(file, text);

/** Starts on a state directory that was prepared. */
const attempt = async (prepare: Prepare) => {
  await using home = await makeHome({ CANARY });
  await mkdir(home.folder);
  await prepare(join(home.folder, 'openclaw.json'), home);
  const since = performance.now();
  const running = start(['gateway', 'run', '--port', '0', '--api-port', 'off'], home.env);
  const timer = setTimeout(() => running.child.kill('SIGKILL'), WITHIN_MS);
  const { code, out, err } = await running.ended;
  clearTimeout(timer);
  return { code, said: out + err, ms: performance.now() - since };
};

describe('a start that is refused: at once, in words, without a stack or a secret', () => {
  test.concurrent.each<[string, Prepare, RegExp]>([
    ['F03 trash behind', write('{"gateway":{"port":18789}}}} trash'), /openclaw\.json:1:\d+: /],
    ['F03 bytes that are no text', (file) => writeFile(file, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), /UTF-8/],
    ['F07 ten megabytes', write(`{"x":"${'y'.repeat(10_000_000)}"}`), /bytes long/],
    ['F09 __proto__', write('{"__proto__":{"admin":true}}'), /"__proto__" is not allowed/],
    ['F11 variables that are not there', write('{"gateway":{"token":"${NOWHERE_SET}"}}'), /NOWHERE_SET/],
    ['F13 an open door', write(`{"gateway":{"bind":"0.0.0.0","auth":{"enabled":false},"token":"\${CANARY}"}}`), /authentication may be off only where/],
    ['F13 the same by its other name', write('{"gateway":{"host":"::","auth":{"enabled":false}}}'), /authentication may be off only where/],
    ['F15 port -1', write('{"gateway":{"port":-1}}'), /gateway\.port/],
    ['F15 port 70000', write('{"gateway":{"port":70000}}'), /gateway\.port/],
    ['F15 a port that is a command', write('{"gateway":{"port":"3000; rm"}}'), /gateway\.port/],
    ['F15 a port with a half', write('{"gateway":{"port":1.5}}'), /gateway\.port/],
    ['F17 a folder', (file) => mkdir(file), /is a folder/],
    ['F17 a pipe', async (file) => execFileSync('mkfifo', [file]), /not a regular file/],
    ['F17 a device', (file) => symlink('/dev/zero', file), /not a regular file/],
    ['F17 a link to itself', (file) => symlink(file, file), /cannot be read|ELOOP|symbolic/i],
    ['two files', async (file, { folder }) => Promise.all([writeFile(file, '{}'), writeFile(join(folder, 'openclaw.yml'), '')]), /openclaw\.yml/],
    ['a token that is a list', write('{"gateway":{"token":["${CANARY}"]}}'), /gateway\.token/],
    ['a database that is none', (_, { folder }) => writeFile(join(folder, 'openclaw.sqlite'), 'this is no database, and never was one'.repeat(100)), /database|sqlite/i],
    ['a folder for a database', (_, { folder }) => mkdir(join(folder, 'openclaw.sqlite')), /database|sqlite|folder/i],
    ['a token file that holds none', (_, { folder }) => writeFile(join(folder, 'gateway.token'), ''), /gateway\.token/],
  ])('%s', async (_, prepare, words) => {
    const { code, said, ms } = await attempt(prepare);
    expect(said).toMatch(words);
    expect(code).toBe(1);
    expect(ms).toBeLessThan(WITHIN_MS);
    expect(said).not.toMatch(/\n +at |node:internal/);
    expect(said).not.toContain(CANARY);
  });

  test.each(['/dev/null', '/dev/null/state'])('F21 a state directory that cannot be made: %s', async (folder) => {
    await using home = await makeHome();
    const { code, err } = await run(['gateway', 'run', '--port', '0', '--api-port', 'off'], { ...home.env, OPENCLAW_STATE_DIR: folder });
    expect(code).toBe(1);
    expect(err).toContain('/dev/null');
    expect(err).not.toMatch(/\n +at /);
  });
});

describe('a start that is not', () => {
  test.each<[string, Prepare, RegExp | undefined]>([
    ['F01 an empty file', write(''), undefined],
    ['F05 unknown keys', write('{"gatewayy":{"port":1},"gateway":{"prot":7}}'), /prot/],
    ['F09 constructor', write('{"constructor":{"prototype":{"admin":true}}}'), undefined],
    ['damaged blocked addresses', (_, { folder }) => writeFile(join(folder, 'blocked-addresses.json'), '[["127.0.0.1"'), undefined],
    ['blocked addresses that are something else', (_, { folder }) => writeFile(join(folder, 'blocked-addresses.json'), '{"__proto__":{"admin":true}}'), undefined],
    ['a left-over announcement', (_, { folder }) => writeFile(join(folder, 'gateway.running.json'), '{'), undefined],
  ])('%s', async (_, prepare, words) => {
    await using home = await makeHome();
    await mkdir(home.folder);
    await prepare(join(home.folder, 'openclaw.json'), home);
    await using gateway = await runGateway(home);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    if (words) expect(gateway.said().out + gateway.said().err).toMatch(words);
    expect(await run(['send', 'Hello'], home.env)).toMatchObject({ code: 0 });
  });
});

test('F19 a configuration that is taken away while the gateway runs is not brought back, and what it said stays in force', async () => {
  await using gateway = await startGateway({ env: { OPENCLAW_AUTH_TOKEN: 'first' }, config: { gateway: { port: 18789, allowedHosts: ['agent.example.com'] }, api: { port: null, rateLimit: 1_000 } } });
  await rm(join(gateway.folder, 'openclaw.json'));
  await new Promise((resolve) => setTimeout(resolve, 400));
  const answer = await gateway.request('/api/status');
  expect([answer.status, answer.headers.get('x-ratelimit-limit')]).toEqual([200, '1000']);
  await expect(readFile(join(gateway.folder, 'openclaw.json'))).rejects.toThrow('ENOENT');
});

test('F21 a state directory that is gone is no 500: what is asked is answered or refused in words, and a stop still stops', async () => {
  await using gateway = await startGateway();
  const gone = `${gateway.folder}-gone`;
  await rename(gateway.folder, gone);
  await rm(gone, { recursive: true });
  for (const json of [{ text: 'Hi' }, { text: 'Hi', session: 'other' }]) {
    const answer = await gateway.request('/api/native/messages.send', { json });
    expect([200, 503, 507]).toContain(answer.status);
    expect(await answer.text()).not.toContain(gateway.folder);
  }
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  await gateway.stop();
});
