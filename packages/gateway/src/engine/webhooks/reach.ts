import { SCOPE_PERMISSIONS } from '@openclaw/contract';
import { LOCAL_RANGES } from '../../kernel/addresses.ts';
import type { Caller } from '../access/index.ts';
import type { Reach } from '../ports/http-client.ts';
import type { WebhookRecord, WebhookDefinition } from '../ports/webhook-store.ts';

/** What the configuration says of where deliveries may go. */
export interface ReachSettings {
  /** Addresses, ranges and names of hosts that are not public and may be sent to all the same. */
  readonly allowedPrivate: readonly string[];
  /** Only who is on this machine can call the gateway. */
  readonly loopbackOnly: boolean;
}

/** Where a webhook may point: the owner of the configuration decides freely; others get to public addresses, to what is allowed, and to what they could call themselves. */
export const reachOf = ({ source }: Pick<WebhookRecord, 'source'>, { local = false }: Pick<WebhookDefinition, 'local'>, { allowedPrivate, loopbackOnly }: ReachSettings): Reach => {
  if (source === 'config') return { private: true };
  const allowed = [...allowedPrivate, ...(local && loopbackOnly ? LOCAL_RANGES : [])];
  return { private: allowed.length > 0 && allowed };
};

/** Whether a caller has the run of the whole gateway; only `gateway:admin` may be missing. */
export const hasFullScope = ({ permissions, workspaces }: Caller): boolean => workspaces.has('*') && SCOPE_PERMISSIONS.full.every((permission) => permissions.has(permission));
