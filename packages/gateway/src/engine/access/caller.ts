import { type Budget, type GatewayError, type Permission, PERMISSIONS } from '@openclaw/contract';
import type { StoredCaller } from '../ports/turn-records.ts';

/** Who asks. Made by a surface from a credential, never from what a request says of itself. */
export interface Caller {
  /** Stable over restarts: rate limits, idempotency keys and the audit log go by it. */
  readonly id: string;
  readonly label: string;
  readonly permissions: ReadonlySet<Permission>;
  /** `'*'` is every workspace. */
  readonly workspaces: ReadonlySet<string>;
  /** Its agent's tools do what it may in the conversation they are used in, and nowhere else: somebody who writes by chat. */
  readonly bound?: boolean;
  readonly limits: { readonly requestsPerMinute: number | undefined };
  readonly budget: Budget | undefined;
  /** Fires when the credential no longer holds: what is open on its behalf must close. */
  readonly revoked: AbortSignal;
}

const never = new AbortController().signal;

export const OWNER_ID = 'gateway-token';

/** The holder of the gateway token: may do everything. */
export const owner: Caller = {
  id: OWNER_ID,
  label: 'gateway token',
  permissions: new Set(PERMISSIONS),
  workspaces: new Set(['*']),
  limits: { requestsPerMinute: undefined },
  budget: undefined,
  revoked: never,
};

export const mayEnter = (caller: Caller, workspace: string): boolean => caller.workspaces.has('*') || caller.workspaces.has(workspace);

/** Where a caller is who names no workspace: in `main`, unless the credential is bound to others. */
export const homeOf = ({ workspaces }: Caller): string => (workspaces.has('*') || workspaces.has('main') ? 'main' : ([...workspaces][0] ?? 'main'));

/** Workspaces to list by; undefined where the caller sees all. */
export const visibleWorkspaces = (caller: Caller): readonly string[] | undefined =>
  caller.workspaces.has('*') ? undefined : [...caller.workspaces];

/** A resource of a workspace the caller may not enter does not exist for them. */
export const requireEntry = (caller: Caller, workspace: string, missing: () => GatewayError): void => {
  if (!mayEnter(caller, workspace)) throw missing();
};

export const storedCaller = (caller: Caller): StoredCaller => ({
  id: caller.id,
  permissions: caller.permissions.size === PERMISSIONS.length ? ['*'] : [...caller.permissions],
  workspaces: [...caller.workspaces],
  ...(caller.bound && { bound: true }),
  ...(caller.budget && { budget: caller.budget }),
});

/** The caller a turn acts for: what it may do was settled when the turn was accepted. */
export const restoreCaller = (stored: StoredCaller): Caller => ({
  id: stored.id,
  label: stored.id,
  permissions: new Set(PERMISSIONS.filter((permission) => stored.permissions.includes('*') || stored.permissions.includes(permission))),
  workspaces: new Set(stored.workspaces),
  ...(stored.bound && { bound: true }),
  limits: { requestsPerMinute: undefined },
  budget: stored.budget,
  revoked: never,
});
