import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '@openclaw/contract';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBoss } from '../../packages/gateway/src/drivers/queues/pgboss/boss.ts';
import { LostJobs } from '../../packages/gateway/src/drivers/queues/pgboss/lost-jobs.ts';
import { STORE_MIGRATIONS } from '../../packages/gateway/src/drivers/stores/kit/schema.ts';
import { toStoreError } from '../../packages/gateway/src/drivers/stores/postgres/failures.ts';
import { connectPostgres, openPostgres, StoreRefused } from '../../packages/gateway/src/drivers/stores/postgres/index.ts';
import { type Sql, type Transaction } from '../../packages/gateway/src/engine/ports/sql.ts';
import { StaleFence } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { startPostgres } from '../support/postgres.ts';
import { openPostgresPair } from '../support/store-pairs.ts';
import { done, newSession, newTurn, NOW, type OpenPair, Worker } from './turn-fixture.ts';

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());
const newDatabase = async (): Promise<string> => (await server?.createDatabase()) ?? '';

describe.skipIf(!server)(`several nodes on one Postgres${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let url: string;
  let direct: pg.Client;
  let pair: OpenPair;
  beforeEach(async () => {
    url = await newDatabase();
    pair = await openPostgresPair(url);
    direct = new pg.Client({ connectionString: url });
    direct.on('error', () => {});
    await direct.connect();
    await direct.query('SET search_path TO openclaw');
  });
  afterEach(async () => {
    await direct.end().catch(() => {});
    await pair.close();
  });
  /** As if the holders had been silent for that long. */
  const silentFor = (seconds: number): Promise<unknown> =>
    direct.query(`UPDATE openclaw_jobs.job SET heartbeat_on = now() - make_interval(secs => $1) WHERE state = 'active'`, [seconds]);

  test('nodes that start at once on an empty database all start', async () => {
    const empty = await newDatabase();
    const nodes = await Promise.all([1, 2, 3].map(() => openPostgresPair(empty)));
    const { turnId } = await new Worker(nodes[0] ?? pair).accept('agent:main:a');
    expect(await new Worker(nodes[2] ?? pair).runAll()).toEqual([turnId]);
    for (const node of nodes) await node.close();
  });

  test('what one node accepts, any may run, in order', async () => {
    const other = await openPostgresPair(url);
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push((await new Worker(i % 2 ? pair : other).accept('agent:main:a')).turnId);
    for (const [i, id] of ids.entries()) {
      const [first, second] = await Promise.all([pair.queue.take(5), other.queue.take(5)]);
      const leases = [...first, ...second];
      expect(leases.map(({ turnId }) => turnId)).toEqual([id]);
      const worker = new Worker(i % 2 ? other : pair);
      for (const lease of leases) {
        const started = await worker.start(lease);
        await worker.store.endTurn(started.fence, done(started));
      }
    }
    await other.close();
  });

  test('an event whose transaction commits late is not passed over by who reads meanwhile', async () => {
    const insert = `INSERT INTO events (id, type, at, data) VALUES ($1, 'message.received', 0, '{}')`;
    await direct.query('BEGIN');
    await direct.query(insert, ['evt_late']);
    await new Worker(pair).accept('agent:main:a');
    const early = await pair.store.listEvents(0, 10);
    expect(early.map(({ type }) => type)).toEqual(['session.started', 'message.received']);
    await direct.query('COMMIT');
    const late = await pair.store.listEvents(early.at(-1)?.seq ?? 0, 10);
    expect(late.map(({ id }) => id)).toEqual(['evt_late']);
    expect((await pair.store.listEvents(0, 10)).map(({ id }) => id)).toEqual([...early, ...late].map(({ id }) => id));
  });

  test('turns accepted by transactions that began in another order run in the order they got into the session', async () => {
    const worker = new Worker(pair);
    const { sessionId } = await worker.accept('agent:main:a');
    // Holds a turn's transaction after its beginning and before the session: its idempotency row is ours until we let go.
    await direct.query('BEGIN');
    await direct.query(`INSERT INTO answers (scope, key, hash, ref, expires_at) VALUES ('s', 'k', 'h', 'r', 0)`);
    const once = { scope: 's', key: 'k', hash: 'h', expiresAt: NOW + 1_000 };
    const slow = pair.store.acceptTurn(newTurn({ id: sessionId }, { once }));
    await sleep(100);
    const quick = await worker.accept('agent:main:a');
    await direct.query('ROLLBACK');
    const { turnId } = await slow;
    expect((await worker.runAll()).slice(1)).toEqual([quick.turnId, turnId]);
  });

  test('connections that break under writes cost no turn and double none', { timeout: 30_000 }, async () => {
    const accept = async (i: number): Promise<string> => {
      for (;;) {
        try {
          const once = { scope: 's', key: `k${i}`, hash: 'h', expiresAt: NOW + 1_000_000 };
          return (await pair.store.acceptTurn(newTurn(newSession(`agent:main:${i % 5}`), { once }))).turnId;
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'store_unavailable', details: { retryAfterSeconds: expect.any(Number) } });
        }
      }
    };
    const accepting = Promise.all(Array.from({ length: 60 }, (_, i) => accept(i)));
    for (let i = 0; i < 5; i++) {
      await sleep(20);
      await server?.breakConnections(url, 'openclaw');
    }
    const ids = await accepting;
    expect(new Set(ids).size).toBe(60);
    expect((await new Worker(pair).runAll()).toSorted()).toEqual(ids.toSorted());
  });

  test('a turn that kills every node it runs on still comes out, first in its session', async () => {
    const worker = new Worker(pair);
    const { turnId } = await worker.accept('agent:main:a');
    await worker.accept('agent:main:a');
    const restarted = await openPostgresPair(url, 'same-name');
    for (let i = 0; i < 8; i++) {
      const node = await openPostgresPair(url, 'same-name');
      expect((await node.queue.take(5)).map((lease) => lease.turnId)).toEqual([turnId]);
      await silentFor(4);
      await node.close();
    }
    await restarted.close();
  });

  test('a lease that was lost cannot be renewed or given back by who lost it', async () => {
    const worker = new Worker(pair);
    await worker.accept('agent:main:a');
    const node = await openPostgresPair(url, 'same-name');
    const mine = await node.queue.take(1);
    const old = await new Worker(node).start(mine[0] ?? { jobId: '', turnId: '' });
    await silentFor(4);
    const heir = await openPostgresPair(url, 'same-name');
    const [lease] = await heir.queue.take(1);
    expect(lease?.turnId).toBe(mine[0]?.turnId);
    await silentFor(20);
    await node.queue.renew(mine);
    const { rows } = await direct.query(`SELECT heartbeat_on < now() - interval '10 seconds' AS old FROM openclaw_jobs.job`);
    expect(rows).toEqual([{ old: true }]);
    await node.store.suspendTurn(old.fence);
    expect(await heir.queue.depth()).toEqual({ queued: 0, running: 1 });
    await node.close();
    await heir.close();
  });

  test('a node judges others only after a whole lease in touch with the database', async () => {
    const worker = new Worker(pair);
    await worker.accept('agent:main:a');
    await worker.take();
    await silentFor(60);
    const pool = new pg.Pool({ connectionString: url });
    pool.on('error', () => {});
    const boss = await startBoss(pool, silent);
    let now = 0;
    const judge = new LostJobs(boss, pool, { node: undefined, boot: 'x' }, () => now);
    const waits = async (): Promise<number> => {
      await judge.giveBack();
      return (await pair.queue.depth()).queued;
    };
    for (; now < 10_000; now += 2_000) expect(await waits()).toBe(0);
    // The database was away: nobody could renew, so counting begins anew.
    now += 4_000;
    for (const end = now + 10_000; now < end; now += 2_000) expect(await waits()).toBe(0);
    expect(await waits()).toBe(1);
    await boss.stop({ close: false });
    await pool.end();
  });

  test('two transactions in each other\'s way both hold', async () => {
    await direct.query('CREATE TABLE pairs (id BIGINT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0)');
    await direct.query('INSERT INTO pairs (id) VALUES (1), (2)');
    const both: Transaction<readonly number[], void> = async (sql: Sql, ids) => {
      for (const id of ids) {
        await sql.run('UPDATE pairs SET n = n + 1 WHERE id = ?', id);
        await sql.one('SELECT pg_sleep(0.1)');
      }
    };
    const connections = await connectPostgres({ url });
    const database = await openPostgres({ connections, transactions: { both }, migrations: STORE_MIGRATIONS });
    await Promise.all([database.write('both', [1, 2]), database.write('both', [2, 1])]);
    expect((await direct.query('SELECT n FROM pairs')).rows).toEqual([{ n: '2' }, { n: '2' }]);
    await database.close();
  });

  test('what a transaction throws comes through, and nothing of it stays', async () => {
    const connections = await connectPostgres({ url, maxConnections: 1 });
    const refuse: Transaction<Error, void> = async (sql: Sql, error) => {
      await sql.run(`INSERT INTO audit (at, caller, operation, outcome) VALUES (1, 'a', 'b', 'c')`);
      throw error;
    };
    const database = await openPostgres({ connections, transactions: { refuse }, migrations: STORE_MIGRATIONS });
    for (const error of [new GatewayError('conflict', 'no'), new StaleFence('old')]) await expect(database.write('refuse', error)).rejects.toBe(error);
    expect((await direct.query('SELECT * FROM audit')).rows).toEqual([]);
    await database.close();
  });

  test('a database that a newer version migrated is refused', async () => {
    await direct.query(`INSERT INTO migrations (id, applied_at) VALUES ('9999-from-the-future', 0)`);
    await expect(openPostgresPair(url)).rejects.toThrow(/migrated by a newer version \(9999-from-the-future\)/);
  });

  test('a database that cannot be reached is named without its password', async () => {
    const wrong = new URL(url);
    wrong.password = 'a-secret-password';
    // Some servers let anyone in; none has this database.
    wrong.pathname = '/openclaw_no_such_database';
    const urls = [wrong.href, 'postgres://user:a-secret-password@127.0.0.1:1/none', 'postgres://user:a-secret-password@[bad', 'mysql://user:a-secret-password@x/y'];
    for (const one of urls) {
      const thrown = await connectPostgres({ url: one }).then(() => undefined, (error: unknown) => error);
      expect(thrown).toBeInstanceOf(StoreRefused);
      expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain('a-secret-password');
    }
  });
});

describe('what the store says of a database in trouble', () => {
  const broken = (code: string): Error => Object.assign(new Error('x'), { code });

  test.each([
    ['53100', 'storage_full'], ['53300', 'store_unavailable'], ['57P01', 'store_unavailable'], ['57P03', 'store_unavailable'],
    ['25006', 'store_unavailable'], ['08006', 'store_unavailable'], ['40001', 'store_unavailable'], ['ECONNREFUSED', 'store_unavailable'],
    ['ECONNRESET', 'store_unavailable'],
  ])('%s is %s', (code, expected) => {
    expect(toStoreError(broken(code))).toMatchObject({ code: expected, details: { retryAfterSeconds: expect.any(Number) } });
  });

  test('a fault of our own is not called a passing one', () => {
    for (const code of ['23505', '42601', '22P02']) expect(toStoreError(broken(code))).not.toBeInstanceOf(GatewayError);
  });
});
