import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startModelServer } from '../support/model-server.ts';
import { freePort, type Home, makeHome, run, runGateway, takePort } from './program.ts';

const Started = z.object({ url: z.string(), pid: z.number(), output: z.string(), already: z.boolean() });
const ANY_PORT = ['--port', '0', '--api-port', 'off'];

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A home whose detached gateway is ended with it, by its own id, whatever the test did. */
const makeKeptHome = async (more?: Readonly<Record<string, string>>): Promise<Home & { start(...flags: readonly string[]): Promise<z.infer<typeof Started>> }> => {
  const home = await makeHome(more);
  const starting: Promise<unknown>[] = [];
  const pids: number[] = [];
  const start = async (flags: readonly string[]): Promise<z.infer<typeof Started>> => {
    const { code, out, err } = await run(['gateway', 'start', '--json', ...flags], home.env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const started = Started.parse(JSON.parse(out));
    pids.push(started.pid);
    return started;
  };
  return {
    ...home,
    start: (...flags) => {
      const started = start(flags);
      starting.push(started);
      return started;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(starting);
      await run(['gateway', 'stop'], home.env);
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      await home[Symbol.asyncDispose]();
    },
  };
};

/** A process that its parent has not collected yet has ended all the same. */
const hasEnded = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return process.platform === 'linux' ? stat === undefined || /\) [ZX] /.test(stat) : !isAlive(pid);
};

const untilEnded = async (pid: number): Promise<void> => {
  for (let tries = 0; tries < 500; tries++) {
    if (await hasEnded(pid)) return;
    await pause(10);
  }
  throw new Error(`process ${pid} does not end`);
};

describe('gateway start', () => {
  test('leaves a gateway behind that is ready, says where, and outlives the command', async () => {
    await using home = await makeKeptHome();
    const { code, out } = await run(['gateway', 'start', ...ANY_PORT], home.env);
    expect(code).toBe(0);
    expect(out).toMatch(/The gateway is ready\.\n\nURL +http:\/\/127\.0\.0\.1:\d+\nProcess +\d+\nLog +openclaw logs --follow\nOutput +\S+gateway\.out\n$/);
    const url = /URL +(\S+)/.exec(out)?.[1] ?? '';
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await readFile(join(home.folder, 'logs', 'gateway.out'), 'utf8')).toContain('OpenClaw is ready');
    expect((await run(['send', 'Hello'], home.env)).out).toContain('Hello');
  });

  test('where one runs already says so, and starts no other', async () => {
    await using home = await makeKeptHome();
    const first = await home.start(...ANY_PORT);
    const { code, out } = await run(['gateway', 'start', ...ANY_PORT], home.env);
    expect(code).toBe(0);
    expect(out).toContain('The gateway runs already.');
    expect(out).toContain(String(first.pid));
  });

  test('while one is on its way out, waits for its end', async () => {
    await using model = await startModelServer({ script: () => ({ delayMs: 1_500, text: 'in time' }) });
    await using home = await makeKeptHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), JSON.stringify({ model: 'test/m', models: { providers: { test: { api: 'openai', baseUrl: model.url } } } }));
    const first = await home.start(...ANY_PORT);
    const asked = run(['send', 'Hello'], home.env);
    await model.until(() => model.requests.length === 1);
    process.kill(first.pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = await home.start(...ANY_PORT);
    expect(second).toMatchObject({ already: false });
    expect(second.pid).not.toBe(first.pid);
    expect((await asked).out).toContain('in time');
  });

  test('two at once come to the same gateway', async () => {
    await using home = await makeKeptHome();
    const [one, other] = await Promise.all([home.start(...ANY_PORT), home.start(...ANY_PORT)]);
    expect(one.pid).toBe(other.pid);
    expect(one.already).not.toBe(other.already);
  });

  test('that fails shows why: a port that is taken', async () => {
    await using home = await makeKeptHome();
    await using taken = await takePort();
    const { code, out, err } = await run(['gateway', 'start', '--port', String(taken.port), '--api-port', 'off'], home.env);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(new RegExp(`^openclaw: The gateway did not start\\. It said:\n[^]*port ${taken.port} on 127\\.0\\.0\\.1 is in use`));
    expect(err).toContain('--port');
  });

  test('that fails shows why: a configuration that cannot be read', async () => {
    await using home = await makeKeptHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.yml'), 'gateway:\n  port: eighteen\n');
    const { code, err } = await run(['gateway', 'start'], home.env);
    expect(code).toBe(1);
    expect(err).toMatch(/openclaw\.yml:2.*gateway\.port.*eighteen/);
    // The next one starts, and what the first said is kept beside.
    await writeFile(join(home.folder, 'openclaw.yml'), 'gateway: {}\n');
    await home.start(...ANY_PORT);
    expect(await readFile(join(home.folder, 'logs', 'gateway.previous.out'), 'utf8')).toContain('eighteen');
  });

  test('that fails shows why: a state directory that cannot be one', async () => {
    await using home = await makeKeptHome();
    await writeFile(home.folder, 'in the way');
    expect(await run(['gateway', 'start'], home.env)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^openclaw: The state directory \S+ cannot be made: .*openclaw doctor says more\.\n$/) });
  });
});

describe('gateway stop', () => {
  test('ends it and waits until it has ended', async () => {
    await using home = await makeKeptHome();
    const { pid, url } = await home.start(...ANY_PORT);
    expect(await run(['gateway', 'stop'], home.env)).toEqual({ code: 0, out: `The gateway (process ${pid}) has stopped.\n`, err: '' });
    expect(await hasEnded(pid)).toBe(true);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(await run(['gateway', 'stop'], home.env)).toEqual({ code: 0, out: 'The gateway is not running.\n', err: '' });
  });

  test.each([
    ['without a mark', {}],
    ['with the mark of a process that is gone', { mark: '00000000-0000-0000-0000-000000000000 1' }],
  ])("never ends a stranger that has a gateway's old id (%s)", async (_name, more) => {
    await using home = await makeHome();
    // The address is a gateway's, so that only the process itself can tell.
    await using other = await makeHome();
    await using gateway = await runGateway(other);
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      await mkdir(home.folder);
      await writeFile(join(home.folder, 'gateway.running.json'), JSON.stringify({ pid: stranger.pid, url: gateway.url, startedAt: new Date().toISOString(), ...more }));
      for (const flags of [[], ['--force']]) {
        const { code, out } = await run(['gateway', 'stop', ...flags], home.env);
        expect(code).toBe(0);
        expect(out).toMatch(new RegExp(`not running.*${stranger.pid}.*left alone`));
      }
      expect(await run(['gateway', 'status'], home.env)).toMatchObject({ code: 3 });
      expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    } finally {
      stranger.kill('SIGKILL');
      await once(stranger, 'close');
    }
  });

  test.runIf(process.platform === 'linux')('--force kills one that does not end', { timeout: 60_000 }, async () => {
    await using home = await makeKeptHome();
    const { pid } = await home.start(...ANY_PORT);
    process.kill(pid, 'SIGSTOP');
    expect(await run(['gateway', 'stop', '--force'], home.env)).toMatchObject({ code: 0 });
    await untilEnded(pid);
  });
});

describe('gateway status', () => {
  test('tells of one that runs, and ends with 0', async () => {
    await using home = await makeKeptHome();
    const { pid, url } = await home.start(...ANY_PORT);
    const { code, out } = await run(['gateway', 'status'], home.env);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Gateway  running\nURL      ${url}\nProcess  ${pid}\nUptime   \\d+ s\nVersion  \\d+\\.\\d+\\.\\d+\nMemory   \\d+ MB\n$`));
    expect(JSON.parse((await run(['gateway', 'status', '--json'], home.env)).out)).toMatchObject({ running: true, ready: true, pid, url });
  });

  test('says that it runs also to who does not know its token', async () => {
    await using home = await makeKeptHome();
    await home.start(...ANY_PORT);
    const { code, out } = await run(['gateway', 'status'], { ...home.env, OPENCLAW_TOKEN: 'not-the-token' });
    expect([code, out]).toEqual([0, expect.stringMatching(/^Gateway  running\n(?![^]*Memory)/)]);
  });

  test('ends with 3 where none runs, also after a kill -9', async () => {
    await using home = await makeKeptHome();
    expect(await run(['gateway', 'status'], home.env)).toEqual({ code: 3, out: 'The gateway is not running. Start it with: openclaw gateway start\n', err: '' });
    expect(await run(['gateway', 'status', '--json'], home.env)).toMatchObject({ code: 3, out: '{\n  "running": false\n}\n' });
    const { pid } = await home.start(...ANY_PORT);
    process.kill(pid, 'SIGKILL');
    await untilEnded(pid);
    await expect(readFile(join(home.folder, 'gateway.running.json'), 'utf8')).resolves.toContain(String(pid));
    expect(await run(['gateway', 'status'], home.env)).toMatchObject({ code: 3 });
    // What the dead one left is in nobody's way.
    const again = await home.start(...ANY_PORT);
    expect(again).toMatchObject({ already: false });
    expect(again.pid).not.toBe(pid);
  });
});

describe('gateway restart', () => {
  test('brings another process up, with the flags of the one before', async () => {
    await using home = await makeKeptHome();
    const port = await freePort();
    const first = await home.start('--port', String(port), '--api-port', 'off');
    const { code, out } = await run(['gateway', 'restart', '--json'], home.env);
    const second = Started.parse(JSON.parse(out));
    expect({ code, ...second }).toMatchObject({ code: 0, url: `http://127.0.0.1:${port}`, already: false });
    expect(second.pid).not.toBe(first.pid);
    expect(await hasEnded(first.pid)).toBe(true);
  });

  test('starts one where none ran', async () => {
    await using home = await makeKeptHome();
    const { code, out } = await run(['gateway', 'restart', ...ANY_PORT], home.env);
    expect([code, out]).toEqual([0, expect.stringContaining('was not running; now it is ready')]);
  });
});
