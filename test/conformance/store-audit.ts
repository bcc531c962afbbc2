import { expect, test } from 'vitest';
import { pruneAudit, verifyChain } from '../../packages/gateway/src/engine/audit/index.ts';
import type { AuditEntry, AuditFilter, AuditRow } from '../../packages/gateway/src/engine/ports/audit-store.ts';
import { NOW, type Worker } from './turn-fixture.ts';

const DAY = 86_400_000;

const entry = (i: number, over: Partial<AuditEntry> = {}): AuditEntry => ({
  at: NOW + i, caller: `key_${i % 3}`, label: `Key ${i % 3}`, operation: i % 2 === 0 ? 'sessions.delete' : 'workspaces.create', outcome: 'ok',
  resource: `session=s${i}`, address: '127.0.0.1', surface: 'http', requestId: `req_${i}`, ...over,
});

const ALL: AuditFilter = { caller: undefined, operation: undefined, outcome: undefined, from: undefined, to: undefined, before: undefined, limit: 1_000 };

/** The chain as it would be read if somebody had laid hands on the rows. */
const verifyTampered = async ({ store }: Worker, tamper: (rows: AuditRow[]) => AuditRow[]) => {
  const rows = tamper([...(await store.auditRows(0, 1_000))]);
  const read = { auditEnds: () => store.auditEnds(), auditRows: async (after: number, limit: number) => rows.filter(({ seq }) => seq > after).slice(0, limit) };
  return verifyChain(read, undefined);
};

export const auditTests = (worker: () => Worker): void => {
  const append = async (count: number, from = 0): Promise<void> => {
    await worker().store.audit(Array.from({ length: count }, (_, i) => entry(from + i)));
  };

  test('rows come back as they were written, the newest first, by whatever is asked', async () => {
    const { store } = worker();
    await append(6);
    await store.audit([{ at: NOW + 9, caller: 'nobody', operation: 'authenticate', outcome: 'auth_invalid', resource: undefined }], { durable: true });
    const rows = await store.listAudit(ALL);
    expect(rows.map(({ seq }) => seq)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(rows[1]).toMatchObject(entry(5));
    expect(rows[0]).toMatchObject({ caller: 'nobody', label: undefined, resource: undefined, address: undefined, surface: undefined, requestId: undefined });
    const found = async (filter: Partial<AuditFilter>) => (await store.listAudit({ ...ALL, ...filter })).map(({ seq }) => seq);
    expect(await found({ caller: 'key_0' })).toEqual([4, 1]);
    expect(await found({ operation: 'workspaces.create', before: 6 })).toEqual([4, 2]);
    expect(await found({ outcome: 'auth_invalid' })).toEqual([7]);
    expect(await found({ from: NOW + 2, to: NOW + 4 })).toEqual([4, 3]);
    expect(await found({ limit: 2, before: 4 })).toEqual([3, 2]);
  });

  test('an empty log is in order, and so is one that many write to at once', async () => {
    const { store } = worker();
    expect(await verifyChain(store, undefined)).toEqual({ ok: true, rows: 0, head: '', broken: null });
    await Promise.all(Array.from({ length: 40 }, (_, i) => store.audit([entry(i * 2), entry(i * 2 + 1)], { durable: i % 2 === 0 })));
    const verdict = await verifyChain(store, undefined);
    expect(verdict).toMatchObject({ ok: true, rows: 80, broken: null });
    expect((await store.auditEnds()).head).toEqual({ seq: 80, hash: verdict.head });
    expect(new Set((await store.listAudit(ALL)).map(({ requestId }) => requestId)).size).toBe(80);
  });

  test('text that no engine can keep is hashed as it is kept', async () => {
    const { store } = worker();
    await store.audit([entry(1, { label: 'a\0b \ud800', resource: 'workspace="日本語 🦞"' })]);
    expect((await store.listAudit(ALL))[0]).toMatchObject({ label: 'a\ufffdb \ufffd', resource: 'workspace="日本語 🦞"' });
    expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 1 });
  });

  test.each<[string, (rows: AuditRow[]) => AuditRow[], { seq: number; reason: unknown }]>([
    ['a row that is gone', (rows) => rows.filter(({ seq }) => seq !== 5), { seq: 6, reason: 'row 5 is missing before it' }],
    ['the first that is gone', (rows) => rows.slice(2), { seq: 3, reason: 'rows 1 to 2 are missing before it' }],
    ['the last that is gone', (rows) => rows.slice(0, -1), { seq: 12, reason: expect.stringContaining('the end was cut off') }],
    ['a changed outcome', (rows) => rows.map((row) => (row.seq === 4 ? { ...row, outcome: 'forbidden' } : row)), { seq: 4, reason: expect.stringContaining('changed') }],
    ['a changed time', (rows) => rows.map((row) => (row.seq === 12 ? { ...row, at: row.at + 1 } : row)), { seq: 12, reason: expect.stringContaining('changed') }],
    ['a resource that was blanked', (rows) => rows.map((row) => (row.seq === 7 ? { ...row, resource: undefined } : row)), { seq: 7, reason: expect.stringContaining('changed') }],
    ['two that changed places', (rows) => rows.map((row) => ({ ...row, ...(row.seq === 8 ? content(rows, 9) : row.seq === 9 ? content(rows, 8) : {}) })), { seq: 8, reason: expect.stringContaining('moved') }],
    ['one put in', (rows) => rows.flatMap((row) => (row.seq === 6 ? [row, { ...row, seq: 7 }] : row.seq > 6 ? [{ ...row, seq: row.seq + 1 }] : [row])), { seq: 7, reason: expect.stringContaining('put in') }],
    ['a hash that was taken away', (rows) => rows.map((row) => (row.seq === 3 ? { ...row, hash: undefined } : row)), { seq: 3, reason: expect.stringContaining('no hash') }],
  ])('%s is noticed', async (_, tamper, broken) => {
    await append(12);
    expect(await verifyTampered(worker(), (rows) => rows)).toMatchObject({ ok: true, rows: 12 });
    expect(await verifyTampered(worker(), tamper)).toMatchObject({ ok: false, broken });
  });

  test('a head that was noted is found again later, and one of another log is not', async () => {
    const { store } = worker();
    await append(3);
    const { head } = await verifyChain(store, undefined);
    await append(700, 3);
    expect(await verifyChain(store, head)).toMatchObject({ ok: true, rows: 703 });
    expect(await verifyChain(store, 'f'.repeat(64))).toMatchObject({ ok: false, broken: { seq: 703, reason: expect.stringContaining('expected') } });
  });

  test('the front is pruned only as far as it is old, says so, and the rest is in order', async () => {
    const { store } = worker();
    const told: AuditEntry[] = [];
    const prune = (now: number) => pruneAudit({ store, audit: { add: (one) => void told.push(one) }, keepDays: 1, now });
    await store.audit([entry(0), entry(1), entry(2, { at: NOW + DAY }), entry(3)]);
    await prune(NOW);
    expect((await store.auditEnds()).anchor).toEqual({ seq: 0, hash: '' });
    const second = (await store.auditRows(0, 2))[1];
    await prune(NOW + DAY + 100);
    expect(await store.auditEnds()).toMatchObject({ anchor: { seq: 2, hash: second?.hash }, head: { seq: 4 } });
    expect((await store.listAudit(ALL)).map(({ seq }) => seq)).toEqual([4, 3]);
    expect(told).toMatchObject([{ operation: 'audit.prune', resource: 'rows=2' }]);
    await append(1, 4);
    expect(await verifyChain(store, second?.hash)).toMatchObject({ ok: true, rows: 3 });
    await prune(NOW + 5 * DAY);
    expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 0 });
    await append(1, 5);
    expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 1 });
  });

  test('what is appended while the chain is followed does no harm', async () => {
    const { store } = worker();
    await append(1_200);
    const [verdict] = await Promise.all([verifyChain(store, undefined), append(50, 1_200), append(50, 1_250)]);
    expect(verdict).toMatchObject({ ok: true });
    expect(await verifyChain(store, verdict.head)).toMatchObject({ ok: true, rows: 1_300 });
  });
};

/** All but the place. */
const content = (rows: readonly AuditRow[], seq: number): Partial<AuditRow> => {
  const [{ seq: _, ...rest } = { seq }] = rows.filter((row) => row.seq === seq);
  return rest;
};
