import { createHash } from 'node:crypto';
import type { InboundMessage } from '../../ports/channel.ts';
import { userSession } from '../../sessions/index.ts';

/** Whoever wrote a message, as the rest of the gateway calls them: `telegram:123`; `irc:?ann!ann@host` is who says so without proof, and has nothing in common with who can prove it. */
export const userOf = (driver: string, { sender, conversation }: InboundMessage): string => `${driver}:${sender ? idOf(sender) : conversation.id}`.slice(0, 200);

export const idOf = ({ id, claimed }: NonNullable<InboundMessage['sender']>): string => (claimed ? `?${id}` : id);

/**
 * The session of a conversation: a person's own, one for each group, and one for each thread. No sender can be called as groups and threads
 * are here, for the name of a channel has no slash.
 */
export const sessionOf = (driver: string, message: InboundMessage): string => {
  const { conversation, thread } = message;
  const user = userOf(driver, message);
  if (conversation.kind === 'direct') return userSession(thread === undefined ? user : `${driver}/thread:${JSON.stringify([user, thread])}`);
  return userSession(`${driver}/group:${thread === undefined ? conversation.id : JSON.stringify([conversation.id, thread])}`);
};

/** What tells a message from every other of its channel, in visible characters. */
export const keyOf = ({ conversation, id }: InboundMessage): string => {
  const key = JSON.stringify([conversation.id, id]);
  return /^[\x21-\x7e]{1,200}$/.test(key) ? key : createHash('sha256').update(key).digest('base64url');
};
