import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { EMBEDDED_TRANSACTIONS } from '../../packages/gateway/src/app/embedded-transactions.ts';
import { openSqliteDatabase } from '../../packages/gateway/src/drivers/stores/sqlite/sqlite-database.ts';

const open = (folder: string) =>
  openSqliteDatabase(join(folder, 'test.sqlite'), new URL('../../packages/gateway/src/app/database-thread.ts', import.meta.url), EMBEDDED_TRANSACTIONS);

const newSession = (n: number) =>
  ({ id: `sess_${n}`, key: `agent:main:s${n}`, kind: 'isolated', label: undefined, agent: 'main', workspace: 'main', userId: undefined, channel: 'test', now: n }) as const;

test('what was written is in the next answer, however often it was asked for before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-sqlite-'));
  const database = await open(folder);
  const all = { kinds: undefined, workspaces: undefined, limit: 100, offset: 0 };
  try {
    for (let n = 1; n <= 30; n++) {
      const writing = database.write('createSession', { session: newSession(n), once: undefined });
      // While it is written, it is there or not yet.
      expect([n - 1, n]).toContain((await database.read('counts', undefined)).sessions);
      await writing;
      for (let again = 0; again < 2; again++) {
        expect(await database.read('counts', undefined)).toEqual({ sessions: n });
        expect(await database.read('listSessions', all)).toMatchObject({ total: n, sessions: { length: n } });
        expect(await database.read('listSessions', { ...all, limit: 1 })).toMatchObject({ total: n, sessions: [{ id: `sess_${n}` }] });
      }
    }
    await database.write('deleteSession', { sessionId: 'sess_30', now: 31 });
    expect(await database.read('counts', undefined)).toEqual({ sessions: 29 });
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('a call that cannot be written down is refused alone; those beside it hold', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-sqlite-'));
  const database = await open(folder);
  try {
    const session = { id: 'sess_1', key: 'agent:main:main', kind: 'main', label: undefined, agent: 'main', workspace: 'main', userId: undefined, channel: 'test', now: 1 } as const;
    const entry = { at: 1, caller: 'c', operation: 'o', outcome: 'ok', resource: 'x'.repeat(3_000_000) };
    // No JSON has this: as little as a text longer than a text can be.
    const unwritable = [{ ...entry, at: 1n as unknown as number }];
    const [made, refused, ...large] = await Promise.allSettled([
      database.write('createSession', { session, once: undefined }),
      database.write('audit', unwritable),
      database.write('audit', [entry]),
      database.write('audit', [entry]),
      database.write('audit', [entry]),
    ]);
    expect(made).toMatchObject({ status: 'fulfilled', value: { id: 'sess_1' } });
    expect(refused).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('audit holds more than can be stored') } });
    expect(large.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(await database.read('counts', undefined)).toEqual({ sessions: 1 });
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('databases that are opened one after another share a thread, and nothing else', async () => {
  const folders = await Promise.all([1, 2, 3].map(() => mkdtemp(join(tmpdir(), 'openclaw-sqlite-'))));
  const [one = '', two = '', broken = ''] = folders;
  try {
    const first = await open(one);
    await first.write('createSession', { session: newSession(1), once: undefined });
    await first.close();
    const before = await nextThread();
    const second = await open(two);
    expect(await second.read('counts', undefined)).toEqual({ sessions: 0 });
    const beside = await open(one);
    expect(await beside.read('counts', undefined)).toEqual({ sessions: 1 });
    await Promise.all([second.write('createSession', { session: newSession(2), once: undefined }), beside.write('createSession', { session: newSession(3), once: undefined })]);
    expect(await Promise.all([second, beside].map((database) => database.read('counts', undefined)))).toEqual([{ sessions: 1 }, { sessions: 2 }]);
    await Promise.all([second.close(), beside.close()]);
    await writeFile(join(broken, 'test.sqlite'), 'no database');
    await expect(open(broken)).rejects.toThrow('not a database');
    const again = await open(two);
    expect(await again.read('counts', undefined)).toEqual({ sessions: 1 });
    await again.close();
    // Of its own: this one to look, and one for the two that were open at once.
    expect((await nextThread()) - before).toBeLessThanOrEqual(2);
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
});

/** They are numbered as they begin. */
const nextThread = async (): Promise<number> => {
  const worker = new Worker('', { eval: true });
  const { threadId } = worker;
  await once(worker, 'exit');
  return threadId;
};
