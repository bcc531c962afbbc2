/** A gateway that is started before its database. */
import { once } from 'node:events';
import { connect as dial, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { sendMessage } from '@openclaw/contract';
import { afterAll, describe, expect, test } from 'vitest';
import { connectPostgres, StoreRefused } from '../../packages/gateway/src/drivers/stores/postgres/index.ts';
import { makeHome, start } from '../cli/program.ts';
import { makeStateDirectory, removeFolder, StartFailed, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { startPostgres } from '../support/postgres.ts';

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

/** A port on which nobody listens, until `open` lets those who come through to the database. */
const gateTo = async (url: string) => {
  const target = new URL(url);
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
  const here = new URL(url);
  here.port = String(port);
  const sockets = new Set<Socket>();
  let gate: Server | undefined;
  return {
    url: here.href,
    /** As many as `starting` are told, as Postgres tells them, that it is starting up. */
    open: async (starting = 0) => {
      let left = starting;
      gate = createServer((socket) => {
        sockets.add(socket.on('error', () => {}));
        if (left-- > 0) return void socket.once('data', () => socket.end(STARTING_UP));
        const beyond = dial(Number(target.port), target.hostname).on('error', () => socket.destroy());
        sockets.add(beyond);
        socket.pipe(beyond).pipe(socket);
      }).listen(port, '127.0.0.1');
      await once(gate, 'listening');
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => (gate ? gate.close(resolve) : resolve(undefined)));
    },
  };
};

/** An `ErrorResponse`: a letter, the length of what follows, and its fields, each ended by a zero. */
const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
const length = Buffer.alloc(4);
length.writeInt32BE(fields.length + 4);
const STARTING_UP = Buffer.concat([Buffer.from('E'), length, fields]);

describe.skipIf(!server)(`a database that comes late${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  test('a gateway that is started before it waits for it, and answers', async () => {
    await using model = await startModelServer({ script: () => ({ text: 'Here.' }) });
    await using gate = await gateTo((await server?.createDatabase()) ?? '');
    const folder = await makeStateDirectory(model.url);
    try {
      const starting = startProcess({ folder, entry: 'cli', env: { DATABASE_URL: gate.url } });
      await sleep(1_500);
      await gate.open(2);
      await using gateway = await starting;
      expect(gateway.readyMs).toBeGreaterThan(1_500);
      expect(await connect({ baseUrl: gateway.url, token: gateway.token }).call(sendMessage, { text: 'Hi' })).toMatchObject({ text: 'Here.' });
    } finally {
      await removeFolder(folder);
    }
  }, 30_000);

  test('whoever stops it while it waits has not to wait', async () => {
    await using home = await makeHome();
    await using gate = await gateTo('postgres://user:a-secret-password@127.0.0.1:5432/openclaw');
    const waiting = start(['gateway', 'run', '--port', '0'], { ...home.env, DATABASE_URL: gate.url });
    await waiting.until('cannot be reached yet');
    waiting.child.kill('SIGTERM');
    const startedAt = performance.now();
    expect(await waiting.ended).toMatchObject({ code: 0, out: '' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  }, 30_000);

  test('one that never comes is refused in the end, by its place and without its password, after a word or two meanwhile', async () => {
    await using gate = await gateTo('postgres://user:a-secret-password@127.0.0.1:5432/openclaw');
    const said: string[] = [];
    const startedAt = performance.now();
    const thrown = await connectPostgres({ url: gate.url, patienceMs: 3_000, log: (_, message, detail) => void said.push(`${message} ${JSON.stringify(detail)}`) }).catch((error: unknown) => error);
    expect(performance.now() - startedAt).toBeGreaterThan(2_900);
    expect(thrown).toBeInstanceOf(StoreRefused);
    expect(String(thrown)).toMatch(/the database at 127\.0\.0\.1:\d+\/openclaw cannot be reached: .*ECONNREFUSED/);
    expect(said).toEqual([expect.stringMatching(/cannot be reached yet: it is tried for 3 s more.*ECONNREFUSED/)]);
    expect(said.join('\n')).not.toContain('a-secret-password');
  });

  test('what waiting does not mend is refused at once: a database that is not there, and whoever may not enter', async () => {
    await using model = await startModelServer();
    const nowhere = new URL((await server?.createDatabase()) ?? '');
    nowhere.pathname = '/openclaw_no_such_database';
    const stranger = new URL(nowhere);
    stranger.username = 'nobody-here';
    for (const url of [nowhere, stranger]) {
      const startedAt = performance.now();
      await expect(connectPostgres({ url: url.href, patienceMs: 20_000 })).rejects.toThrow(/does not exist|authentication failed/);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    }
    const folder = await makeStateDirectory(model.url);
    try {
      const failed = await startProcess({ folder, entry: 'cli', env: { DATABASE_URL: nowhere.href } }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(StartFailed);
      expect(failed).toMatchObject({ code: 1, output: expect.stringContaining('cannot be reached: database "openclaw_no_such_database" does not exist') });
    } finally {
      await removeFolder(folder);
    }
  }, 30_000);
});
