import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freePort, makeHome, run, runGateway, start, takePort } from './program.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('gateway run', () => {
  test('says where it is, how to get in, what answers; stops with 0 when told to', async () => {
    await using home = await makeHome();
    await using gateway = await runGateway(home);
    const { out } = gateway.said();
    const tokenFile = join(home.folder, 'gateway.token');
    expect(out).toMatch(/URL +http:\/\/127\.0\.0\.1:\d+\n/);
    expect(out).toContain(`Token   the file ${tokenFile}, made just now`);
    expect(out).toMatch(/Model +openclaw\/demo \(built in and offline; set ANTHROPIC_API_KEY/);
    expect(out).toContain(`State   ${home.folder}`);
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect((await stat(home.folder)).mode & 0o777).toBe(0o700);
    const { code } = await gateway.stop();
    expect(code).toBe(0);
    await expect(readFile(join(home.folder, 'gateway.running.json'))).rejects.toThrow();
  });

  test.skipIf(!hasCurl)(`the command it prints works as printed${hasCurl ? '' : ' (skipped: no curl here)'}`, async () => {
    await using home = await makeHome();
    await using gateway = await runGateway(home);
    const command = /Try it:\n +(curl .+)\n/.exec(gateway.said().out)?.[1] ?? '';
    const reply = JSON.parse(execFileSync('bash', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] } })) as unknown;
    expect(reply).toMatchObject({ text: expect.stringContaining('You said: "Hello!"'), sessionKey: 'agent:main:main', model: 'openclaw/demo' });
  });

  test.skipIf(!hasCurl)(`the command it prints works where the environment holds the token${hasCurl ? '' : ' (skipped: no curl here)'}`, async () => {
    await using home = await makeHome({ OPENCLAW_AUTH_TOKEN: 'from-the-environment' });
    await using gateway = await runGateway(home);
    expect(gateway.said().out).toContain('Token   the environment variable OPENCLAW_AUTH_TOKEN');
    const command = /Try it:\n +(curl .+)\n/.exec(gateway.said().out)?.[1] ?? '';
    const reply = JSON.parse(execFileSync('bash', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], OPENCLAW_AUTH_TOKEN: 'from-the-environment' } })) as unknown;
    expect(reply).toMatchObject({ text: expect.stringContaining('Hello!') });
  });

  test('keeps the token out of the list of processes, its printout and its log', async () => {
    await using home = await makeHome();
    await using gateway = await runGateway(home);
    const token = (await readFile(join(home.folder, 'gateway.token'), 'utf8')).trim();
    expect(await run(['send', 'Hello'], home.env)).toMatchObject({ code: 0 });
    await fetch(`${gateway.url}/api/native/status.get?token=${token}`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    const processes = execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(gateway.child.pid)], { encoding: 'utf8' });
    expect(processes).toContain('gateway run');
    const { out, err } = await gateway.stop();
    const log = await readFile(join(home.folder, 'logs', 'gateway.log'), 'utf8');
    expect(log).toContain('/api/native/status.get');
    for (const text of [processes, out, err, log]) expect(text).not.toContain(token);
  });

  test('two listeners serve the same', async () => {
    await using home = await makeHome();
    const port = await freePort();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.yml'), `gateway:\n  token: "your-secret-gateway-token-here"\n  port: ${await freePort()}\napi:\n  port: ${port}\n`);
    const running = start(['gateway', 'run'], home.env);
    await running.until('Try it:');
    expect(running.said().out).toMatch(new RegExp(`URL +http://127\\.0\\.0\\.1:\\d+ and http://127\\.0\\.0\\.1:${port}\n`));
    const headers = { authorization: 'Bearer your-secret-gateway-token-here' };
    const second = await fetch(`http://127.0.0.1:${port}/api/native/status.get`, { method: 'POST', headers });
    expect(await second.json()).toMatchObject({ ok: true });
    expect((await fetch(`http://127.0.0.1:${port}/api/native/status.get`, { method: 'POST' })).status).toBe(401);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });
});

describe('a port that is taken', () => {
  test('ends the start, and says how to choose another', async () => {
    await using home = await makeHome();
    await using taken = await takePort();
    const { code, err } = await run(['gateway', 'run', '--port', String(taken.port), '--api-port', 'off'], home.env);
    expect(code).toBe(1);
    expect(err).toContain(`port ${taken.port}`);
    expect(err).toContain('--port');
    expect(err).toContain('gateway.port');
    expect(err).not.toMatch(/\n +at /);
  });

  test('as the second one is a warning', async () => {
    await using home = await makeHome();
    await using taken = await takePort();
    const running = start(['gateway', 'run', '--port', '0', '--api-port', String(taken.port)], home.env);
    await running.until('Try it:');
    await running.until(`port ${taken.port}`);
    expect(running.said().err).toMatch(/api\.port/);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });
});

describe('a configuration that cannot be used', () => {
  test('names the file and the line', async () => {
    await using home = await makeHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), '{\n  // mine\n  gateway: { port: 18789,\n  nonsense\n}\n');
    const { code, err } = await run(['gateway', 'run'], home.env);
    expect(code).toBe(1);
    expect(err).toMatch(/openclaw\.json:\d+:\d+: /);
    expect(err).not.toMatch(/\n +at /);
  });

  test('names the key, what was expected and what was found', async () => {
    await using home = await makeHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.yml'), 'gateway:\n  port: eighteen\n');
    const { code, err } = await run(['gateway', 'run'], home.env);
    expect(code).toBe(1);
    expect(err).toMatch(/openclaw\.yml:2.*gateway\.port.*number.*eighteen/);
  });
});

test('a second gateway on one state directory is refused', async () => {
  await using home = await makeHome();
  await using first = await runGateway(home);
  const second = await run(['gateway', 'run', '--port', '0', '--api-port', 'off'], home.env);
  expect(second.code).toBe(1);
  expect(second.err).toMatch(/another gateway|is running|in use/i);
  expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
});
