import type { InboundMessage, Invitation } from '../../ports/channel.ts';
import type { ChannelSettings } from '../channel-settings.ts';

/**
 * `trusted`: the owner has named whoever wrote it, or lets everybody write. What others write is shown to the model as data.
 * `named`: the owner has named them, and may have things done for them later.
 */
export type Decision =
  | { readonly outcome: 'let_in'; readonly trusted: boolean; readonly named: boolean }
  /** Not meant for the agent: as if it had not come. */
  | { readonly outcome: 'ignore' }
  | { readonly outcome: 'pair' }
  | { readonly outcome: 'refuse'; readonly reason: RefusalReason };

export type RefusalReason = 'stale' | 'unknown_conversation' | 'no_sender' | 'sender_unproven' | 'not_allowed' | 'direct_off' | 'groups_off' | 'group_not_allowed';

interface Circumstances {
  readonly settings: ChannelSettings;
  /** Senders of the workspace's allowlist: `telegram:123`. */
  readonly allowlist: readonly string[];
  readonly now: number;
}

/** As much of a message as counts. */
type Judged = Pick<InboundMessage, 'conversation' | 'mentionsMe' | 'at'> & { readonly sender?: InboundMessage['sender'] | undefined };

/** Whether a message reaches the agent. It goes by ids that the service vouches for; names count for nothing, and a group is no sender. */
export const decide = (message: Judged, { settings, allowlist, now }: Circumstances): Decision => {
  const { conversation, sender, at } = message;
  const known = sender !== undefined && isListed(sender, settings.driver, [...settings.allowFrom, ...allowlist]);
  const decision = conversation.kind === 'direct' ? decideDirect(settings, sender, known) : decideShared(settings, message, known);
  if (decision.outcome !== 'ignore' && at < now - settings.staleAfterSeconds * 1_000) return refuse('stale');
  return decision;
};

/** Whether to go where somebody asks: where they would be answered, be it with a code for their pairing. */
export const decideInvitation = ({ conversation, sender }: Invitation, circumstances: Circumstances): boolean => {
  const as = (kind: 'direct' | 'group'): Decision['outcome'] => decide({ conversation: { ...conversation, kind }, sender, mentionsMe: true, at: circumstances.now }, circumstances).outcome;
  // Whoever may write directly may also show the way into a group; what is said in it is another question.
  return as('direct') === 'let_in' || as('group') === 'let_in' || (conversation.kind === 'direct' && as('direct') === 'pair');
};

const decideDirect = ({ dmPolicy }: ChannelSettings, sender: InboundMessage['sender'], known: boolean): Decision => {
  if (dmPolicy === 'off') return refuse('direct_off');
  if (dmPolicy === 'open') return { outcome: 'let_in', trusted: true, named: known };
  if (sender === undefined) return refuse('no_sender');
  if (known) return { outcome: 'let_in', trusted: true, named: true };
  // To let in whoever is called so now is to let in whoever calls themselves so later.
  if (sender.claimed) return refuse('sender_unproven');
  return dmPolicy === 'pairing' ? { outcome: 'pair' } : refuse('not_allowed');
};

const decideShared = (settings: ChannelSettings, { conversation, sender, mentionsMe }: Judged, known: boolean): Decision => {
  if (conversation.kind === 'unknown') return refuse('unknown_conversation');
  const { groups, groupPolicy } = settings;
  const group = Object.hasOwn(groups, conversation.id) ? groups[conversation.id] : groups['*'];
  const wanted = group?.requireMention ?? settings.requireMention;
  // Groups are full of what is not for the agent: nothing of it is kept, not even that it came.
  if (wanted && !mentionsMe) return { outcome: 'ignore' };
  if (groupPolicy === 'off') return refuse('groups_off');
  if (groupPolicy === 'allowlist' && !group) return refuse('group_not_allowed');
  const inGroup = sender !== undefined && group?.allowFrom !== undefined && isListed(sender, settings.driver, group.allowFrom);
  if (group?.allowFrom && !inGroup) return refuse('not_allowed');
  return { outcome: 'let_in', trusted: known || inGroup, named: known || inGroup };
};

/** Whether somebody who wrote in a conversation before is still named, by what arrivals call them. */
export const isStillNamed = ({ driver, allowFrom, groups }: Pick<ChannelSettings, 'driver' | 'allowFrom' | 'groups'>, { by, to }: { readonly by: string; readonly to: string }, allowlist: readonly string[]): boolean => {
  const id = by.slice(driver.length + 1);
  const group = Object.hasOwn(groups, to) ? groups[to] : groups['*'];
  return isListed(id.startsWith('?') ? { id: id.slice(1), claimed: true } : { id }, driver, [...allowFrom, ...allowlist, ...(group?.allowFrom ?? [])]);
};

const refuse = (reason: RefusalReason): Decision => ({ outcome: 'refuse', reason });

/** By the id alone (`123`), or with its channel (`telegram:123`). `*` is everybody, also those whose id nobody vouches for. */
const isListed = ({ id, claimed }: NonNullable<InboundMessage['sender']>, driver: string, list: readonly string[]): boolean =>
  list.some((entry) => entry === '*' || (!claimed && (entry === id || entry === `${driver}:${id}`)));
