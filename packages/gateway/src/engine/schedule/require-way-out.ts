import { GatewayError, type Permission } from '@openclaw/contract';
import { type Caller, mayEnter } from '../access/index.ts';
import type { CronJobRecord, JobDelivery } from '../ports/schedule-records.ts';

/** The workspace of a channel; undefined where there is none of that name. */
export type WorkspaceOf = (channel: string) => string | undefined;

const missing = (channel: string): GatewayError => new GatewayError('channel_not_found', `There is no channel ${channel}`, { channel });

const requirePermission = (caller: Caller, permission: Permission, does: string): void => {
  if (caller.permissions.has(permission)) return;
  throw new GatewayError('forbidden', `A job that ${does}: that takes the permission ${permission}, which this credential lacks, as every tool of an agent does`, { permission });
};

/** Throws where this caller may not have a job speak through the channel it is to. */
export const requireAnnounce = (caller: Caller, delivery: JobDelivery, workspaceOf: WorkspaceOf): void => {
  if (delivery.mode !== 'announce') return;
  requirePermission(caller, 'channels:write', 'announces its answers writes to people');
  const { channel, to } = delivery;
  // Of their own workspaces they may name any, also one that is to come.
  if (to === undefined || mayEnter(caller, workspaceOf(channel) ?? '*')) return;
  throw missing(channel);
};

/** Where answers by chat may go. */
export interface ChatRules {
  readonly workspaceOf: WorkspaceOf;
  /** Whether the owner still names whoever asked for something in that conversation. */
  readonly isStillNamed: (asked: { readonly channel: string; readonly to: string; readonly by: string }) => boolean;
}

/** Throws where the channel that it was asked for on is gone or was given to others since, or whoever asked is not to be told any more. */
export const requireReply = ({ delivery, workspace }: Pick<CronJobRecord, 'delivery' | 'workspace'>, { workspaceOf, isStillNamed }: ChatRules): void => {
  if (delivery.mode !== 'reply') return;
  const { channel, to, by } = delivery;
  if (workspaceOf(channel) !== workspace) throw missing(channel);
  if (by !== undefined && !isStillNamed({ channel, to, by })) throw new GatewayError('forbidden', `Whoever asked for it on ${channel} is on no list of it any more`, { channel });
};

/** Throws where this caller could not send anything to where a job is to send its answers: a job opens no way out that its maker has not. */
export const requireWayOut = (caller: Caller, delivery: JobDelivery, workspaceOf: WorkspaceOf): void => {
  if (delivery.mode === 'webhook') requirePermission(caller, 'webhooks:write', 'delivers to a webhook registers one');
  if (delivery.mode === 'reply') requirePermission(caller, 'channels:write', 'answers in somebody\'s chat writes to them');
  requireAnnounce(caller, delivery, workspaceOf);
};
