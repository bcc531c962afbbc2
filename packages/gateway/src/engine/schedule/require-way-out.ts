import { type CronDelivery, GatewayError, type Permission } from '@openclaw/contract';
import { type Caller, mayEnter } from '../access/index.ts';

/** The workspace of a channel; undefined where there is none of that name. */
export type WorkspaceOf = (channel: string) => string | undefined;

const requirePermission = (caller: Caller, permission: Permission, does: string): void => {
  if (caller.permissions.has(permission)) return;
  throw new GatewayError('forbidden', `A job that ${does}: that takes the permission ${permission}, which this credential lacks, as every tool of an agent does`, { permission });
};

/** Throws where this caller may not have a job speak through the channel it is to. */
export const requireAnnounce = (caller: Caller, delivery: CronDelivery, workspaceOf: WorkspaceOf): void => {
  if (delivery.mode !== 'announce') return;
  requirePermission(caller, 'channels:write', 'announces its answers writes to people');
  const { channel, to } = delivery;
  // Of their own workspaces they may name any, also one that is to come.
  if (to === undefined || mayEnter(caller, workspaceOf(channel) ?? '*')) return;
  throw new GatewayError('channel_not_found', `There is no channel ${channel}`, { channel });
};

/** Throws where this caller could not send anything to where a job is to send its answers: a job opens no way out that its maker has not. */
export const requireWayOut = (caller: Caller, delivery: CronDelivery, workspaceOf: WorkspaceOf): void => {
  if (delivery.mode === 'webhook') requirePermission(caller, 'webhooks:write', 'delivers to a webhook registers one');
  requireAnnounce(caller, delivery, workspaceOf);
};
