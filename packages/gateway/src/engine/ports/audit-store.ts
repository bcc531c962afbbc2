import { createHash } from 'node:crypto';

/**
 * The store's part about who did what: the same promises as the rest of it. Rows are only ever appended. Each holds the hash of the row before
 * it and of itself, made in the transaction that appends it; appends of several nodes come one after the other.
 */
export interface AuditStore {
  /** `durable` is on the disk when it resolves; others a power cut may take, from the end on, and never one without those after it. */
  audit(entries: readonly AuditEntry[], options?: { readonly durable?: boolean }): Promise<void>;
  /** The newest first. */
  listAudit(filter: AuditFilter): Promise<readonly AuditRow[]>;
  /** In order, after a place. */
  auditRows(after: number, limit: number): Promise<readonly AuditRow[]>;
  auditEnds(): Promise<AuditEnds>;
  /** Takes rows away from the front, up to the first that is not older, and keeps the hash of the last of them. How many there were. */
  pruneAudit(olderThan: number): Promise<number>;
}

export interface AuditEntry {
  readonly at: number;
  readonly caller: string;
  readonly label?: string | undefined;
  readonly operation: string;
  readonly outcome: string;
  /** Names of what it was about; never what was said in it, and no secret. */
  readonly resource: string | undefined;
  readonly address?: string | undefined;
  readonly surface?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface AuditRow extends AuditEntry {
  readonly seq: number;
  /** Undefined in rows from before there was a chain, until the first append takes them in. */
  readonly hash: string | undefined;
}

export interface AuditFilter {
  readonly caller: string | undefined;
  readonly operation: string | undefined;
  readonly outcome: string | undefined;
  /** Not before this moment, and before that one. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Only rows with a smaller `seq`. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** What stood before the first row that is kept, and the last row. Hashes are empty where there is no such row. */
export interface AuditEnds {
  readonly anchor: { readonly seq: number; readonly hash: string };
  readonly head: { readonly seq: number; readonly hash: string };
}

/** What the chain is made of. A row changed in any field, moved, or put in between gives another hash here and in every row after it. */
export const auditHash = (previous: string, row: Omit<AuditRow, 'hash'>): string => {
  const { seq, at, caller, label, operation, outcome, resource, address, surface, requestId } = row;
  const fields = [previous, seq, at, caller, label, operation, outcome, resource, address, surface, requestId].map((field) => field ?? null);
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
};
