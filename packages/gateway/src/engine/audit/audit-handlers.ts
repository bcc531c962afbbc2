import type { AuditRecord, listAudit, verifyAudit } from '@openclaw/contract';
import type { AuditTrail } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { AuditRow, AuditStore } from '../ports/audit-store.ts';
import { verifyChain } from './verify-chain.ts';

interface Deps {
  readonly store: Pick<AuditStore, 'listAudit' | 'auditRows' | 'auditEnds'>;
  readonly trail: Pick<AuditTrail, 'flush'>;
  /** Told where the chain does not hold. */
  readonly broken: (seq: number, reason: string) => void;
}

/** The audit log, behind the door: it can be read and proved, and by no operation changed. */
export const auditHandlers = ({ store, trail, broken }: Deps) => {
  const list: Handler<typeof listAudit> = async ({ caller, operation, outcome, from, to, before, limit }) => {
    await trail.flush();
    const rows = await store.listAudit({ caller, operation, outcome, from: momentOf(from), to: momentOf(to), before, limit });
    return { entries: rows.map(toRecord), next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null) };
  };

  const verify: Handler<typeof verifyAudit> = async ({ expect }) => {
    await trail.flush();
    const verdict = await verifyChain(store, expect);
    if (verdict.broken) broken(verdict.broken.seq, verdict.broken.reason);
    return verdict;
  };

  return { list, verify };
};

const momentOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

const toRecord = ({ seq, at, caller, label, operation, outcome, resource, address, surface, requestId, hash }: AuditRow): AuditRecord => ({
  seq,
  at: new Date(at).toISOString(),
  caller,
  label: label ?? null,
  operation,
  outcome,
  resource: resource ?? null,
  address: address ?? null,
  surface: surface ?? null,
  requestId: requestId ?? null,
  hash: hash ?? null,
});
