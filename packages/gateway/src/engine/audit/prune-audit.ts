import type { AuditTrail } from '../access/index.ts';
import type { AuditStore } from '../ports/audit-store.ts';

const DAY = 86_400_000;

interface Pruning {
  readonly store: Pick<AuditStore, 'pruneAudit'>;
  readonly audit: Pick<AuditTrail, 'add'>;
  /** Undefined: nothing goes. */
  readonly keepDays: number | undefined;
  readonly now: number;
}

/** Takes away what is older than it need be, and leaves a row that says so. */
export const pruneAudit = async ({ store, audit, keepDays, now }: Pruning): Promise<void> => {
  if (keepDays === undefined) return;
  const rows = await store.pruneAudit(now - keepDays * DAY);
  if (rows > 0) audit.add({ at: now, caller: 'gateway', operation: 'audit.prune', outcome: 'ok', resource: `rows=${rows}` });
};
