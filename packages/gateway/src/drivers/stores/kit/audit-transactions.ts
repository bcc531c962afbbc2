import { type AuditEnds, type AuditEntry, type AuditFilter, auditHash, type AuditRow } from '../../../engine/ports/audit-store.ts';
import type { Sql, SqlValue } from '../../../engine/ports/sql.ts';
import { storable } from './storable.ts';

interface StoredRow {
  seq: number;
  at: number;
  caller: string;
  label: string | null;
  operation: string;
  outcome: string;
  resource: string | null;
  address: string | null;
  surface: string | null;
  request_id: string | null;
  hash: string | null;
}

interface EndsRow {
  anchor_seq: number;
  anchor_hash: string;
  seq: number;
  hash: string;
}

const toRow = ({ seq, at, caller, label, operation, outcome, resource, address, surface, request_id, hash }: StoredRow): AuditRow => ({
  seq, at, caller, operation, outcome,
  label: label ?? undefined,
  resource: resource ?? undefined,
  address: address ?? undefined,
  surface: surface ?? undefined,
  requestId: request_id ?? undefined,
  hash: hash ?? undefined,
});

const toEnds = ({ anchor_seq, anchor_hash, seq, hash }: EndsRow): AuditEnds => ({ anchor: { seq: anchor_seq, hash: anchor_hash }, head: { seq, hash } });

/** Takes the row for this transaction, so that nodes that append at once do it one after the other. */
const holdEnds = async (sql: Sql): Promise<AuditEnds> => {
  const row = await sql.one<EndsRow>('UPDATE audit_ends SET seq = seq WHERE id = 1 RETURNING anchor_seq, anchor_hash, seq, hash');
  if (!row) throw new Error('the audit log has lost its ends');
  return toEnds(row);
};

const audit = async (sql: Sql, entries: readonly AuditEntry[]): Promise<void> => {
  const { head } = await holdEnds(sql);
  let { seq, hash } = head.hash === '' ? await takeInOlder(sql) : head;
  for (const entry of entries) {
    const row = { ...asStored(entry), seq: ++seq };
    hash = auditHash(hash, row);
    await sql.run(
      'INSERT INTO audit (seq, at, caller, label, operation, outcome, resource, address, surface, request_id, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      seq, row.at, row.caller, row.label ?? null, row.operation, row.outcome, row.resource ?? null, row.address ?? null, row.surface ?? null, row.requestId ?? null, hash,
    );
  }
  await sql.run('UPDATE audit_ends SET seq = ?, hash = ? WHERE id = 1', seq, hash);
};

/** Rows from before there was a chain become its beginning. */
const takeInOlder = async (sql: Sql): Promise<{ seq: number; hash: string }> => {
  let [seq, hash] = [0, ''];
  for (const row of await sql.all<StoredRow>('SELECT * FROM audit ORDER BY seq')) {
    seq = row.seq;
    hash = auditHash(hash, toRow(row));
    await sql.run('UPDATE audit SET hash = ? WHERE seq = ?', hash, seq);
  }
  return { seq, hash };
};

/** What is hashed is what will be read. */
const asStored = (entry: AuditEntry): AuditEntry => ({
  ...entry,
  caller: storable(entry.caller),
  operation: storable(entry.operation),
  outcome: storable(entry.outcome),
  label: textOr(entry.label),
  resource: textOr(entry.resource),
  address: textOr(entry.address),
  surface: textOr(entry.surface),
  requestId: textOr(entry.requestId),
});

const textOr = (text: string | undefined): string | undefined => (text === undefined ? undefined : storable(text));

const listAudit = async (sql: Sql, filter: AuditFilter): Promise<AuditRow[]> => {
  const { caller, operation, outcome, from, to, before, limit } = filter;
  const wanted: readonly (readonly [condition: string, value: SqlValue | undefined])[] = [
    ['caller = ?', caller], ['operation = ?', operation], ['outcome = ?', outcome], ['at >= ?', from], ['at < ?', to], ['seq < ?', before],
  ];
  const given = wanted.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const where = given.length === 0 ? '' : `WHERE ${given.map(({ condition }) => condition).join(' AND ')}`;
  const rows = await sql.all<StoredRow>(`SELECT * FROM audit ${where} ORDER BY seq DESC LIMIT ?`, ...given.map(({ value }) => value), limit);
  return rows.map(toRow);
};

const auditRows = async (sql: Sql, { after, limit }: { after: number; limit: number }): Promise<AuditRow[]> =>
  (await sql.all<StoredRow>('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', after, limit)).map(toRow);

const auditEnds = async (sql: Sql): Promise<AuditEnds> => {
  const row = await sql.one<EndsRow>('SELECT anchor_seq, anchor_hash, seq, hash FROM audit_ends WHERE id = 1');
  if (!row) throw new Error('the audit log has lost its ends');
  return toEnds(row);
};

const pruneAudit = async (sql: Sql, olderThan: number): Promise<number> => {
  const { anchor, head } = await holdEnds(sql);
  const kept = await sql.one<{ seq: number }>('SELECT seq FROM audit WHERE at >= ? ORDER BY seq LIMIT 1', olderThan);
  const last = await sql.one<{ seq: number; hash: string | null }>('SELECT seq, hash FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT 1', kept?.seq ?? head.seq + 1);
  if (!last || last.hash === null || last.seq <= anchor.seq) return 0;
  await sql.run('UPDATE audit_ends SET anchor_seq = ?, anchor_hash = ? WHERE id = 1', last.seq, last.hash);
  return sql.run('DELETE FROM audit WHERE seq <= ?', last.seq);
};

/** `auditNow` does the same as `audit`, for what must be on the disk at once. */
export const auditTransactions = { audit, auditNow: audit, listAudit, auditRows, auditEnds, pruneAudit };
