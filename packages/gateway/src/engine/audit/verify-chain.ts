import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditVerdict } from '@openclaw/contract';
import { type AuditEnds, auditHash, type AuditRow, type AuditStore } from '../ports/audit-store.ts';

type AuditReader = Pick<AuditStore, 'auditRows' | 'auditEnds'>;

/** Rows looked at in one go: others get their turn in between. */
const CHUNK = 500;

/**
 * Follows the chain from its anchor to its head as they were when this began. With `expect`, the row that had this hash must still be there.
 * Whoever can write to the database can forge a whole chain; only a head that was noted elsewhere tells.
 */
export const verifyChain = async (store: AuditReader, expect: string | undefined): Promise<AuditVerdict> => {
  const ends = await store.auditEnds();
  const walk = new Walk(ends, expect);
  let broken: AuditVerdict['broken'] | undefined;
  while (broken === undefined) {
    const rows = (await store.auditRows(walk.at, CHUNK)).filter(({ seq }) => seq <= ends.head.seq);
    if (rows.length === 0) break;
    for (const row of rows) if ((broken = walk.step(row)) !== undefined) break;
    await nextTurn();
  }
  broken ??= walk.end();
  // What was pruned meanwhile was not there to be read.
  if (broken && (await store.auditEnds()).anchor.seq !== ends.anchor.seq) return verifyChain(store, expect);
  return { ok: broken === undefined, rows: walk.rows, head: walk.hash, broken: broken ?? null };
};

class Walk {
  readonly #ends: AuditEnds;
  readonly #expect: string | undefined;
  #found: boolean;
  at: number;
  hash: string;
  rows = 0;

  constructor(ends: AuditEnds, expect: string | undefined) {
    this.#ends = ends;
    this.#expect = expect;
    this.at = ends.anchor.seq;
    this.hash = ends.anchor.hash;
    this.#found = expect === undefined || expect === this.hash;
  }

  step(row: AuditRow): AuditVerdict['broken'] | undefined {
    if (row.hash === undefined) return { seq: row.seq, reason: 'this row has no hash, though rows after it were appended' };
    if (auditHash(this.hash, row) !== row.hash) return { seq: row.seq, reason: this.#whyNot(row) };
    this.at = row.seq;
    this.hash = row.hash;
    this.rows++;
    this.#found ||= row.hash === this.#expect;
    return undefined;
  }

  end(): AuditVerdict['broken'] | undefined {
    const { head } = this.#ends;
    if (this.hash !== head.hash) return { seq: head.seq, reason: `the log ends with row ${this.at}, but row ${head.seq} was appended: the end was cut off` };
    if (!this.#found) return { seq: head.seq, reason: 'no row has the hash that was expected: the log was cut off, made anew, or pruned behind it' };
    return undefined;
  }

  #whyNot({ seq }: AuditRow): string {
    const missing = seq - this.at - 1;
    if (missing > 0) return `${missing === 1 ? `row ${seq - 1} is` : `rows ${this.at + 1} to ${seq - 1} are`} missing before it`;
    return 'this row is not what was written here, or the one before it is not: changed, moved, or put in';
  }
}
