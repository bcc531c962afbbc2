import { ERROR_STATUS, type ErrorCode, EVERYBODYS, sendMessage, watchTurn } from '@openclaw/contract';
import type { Route } from '../dialect.ts';

/** Whether its stream can be taken up again. */
export const showsTurn = ({ operation, stream }: Route): boolean => stream !== undefined && operation.event === sendMessage.event;

/** What every request may be answered with. */
const ALWAYS = [
  'invalid_request', 'auth_required', 'auth_invalid', 'payload_too_large', 'unsupported_media_type', 'wrong_host', 'rate_limited', 'internal', 'starting', 'draining',
  'store_unavailable',
] as const satisfies readonly ErrorCode[];

/** What besides a write may be answered with. */
const WRITES = ['idempotency_conflict', 'storage_full'] as const satisfies readonly ErrorCode[];

/** The codes a route may fail with, by status, in order. */
export const failuresOf = (route: Route): ReadonlyMap<number, readonly ErrorCode[]> => {
  const { method, path, operation } = route;
  const { permission, kind, errors = [] } = operation;
  const everybody = EVERYBODYS.some((one) => one === permission);
  const codes = new Set<ErrorCode>([
    ...ALWAYS,
    // Pages elsewhere may read with a credential, and do nothing more.
    ...(everybody && method === 'GET' ? [] : (['forbidden'] as const)),
    // A name that is too long to be one leads nowhere.
    ...(path.includes(':') ? (['not_found'] as const) : []),
    ...(kind === 'write' ? WRITES : []),
    ...errors,
    // `Last-Event-ID` names a turn, which is shown instead of beginning another.
    ...(showsTurn(route) && kind === 'write' ? (watchTurn.errors ?? []) : []),
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERROR_STATUS[code], [...(byStatus.get(ERROR_STATUS[code]) ?? []), code]);
  return new Map([...byStatus].toSorted(([a], [b]) => a - b));
};
