import { z } from 'zod';
import type { InboundMessage } from '../../../engine/ports/channel.ts';

const id = z.union([z.string(), z.number()]).transform(String).pipe(z.string().min(1).max(500));

const Said = z.object({
  id,
  text: z.string().default(''),
  sender: z.object({ id: id.optional().catch(undefined), name: z.string().optional().catch(undefined) }).optional(),
  conversation: z.object({ id: id.default('default'), type: z.string().default('direct'), title: z.string().optional() }).default({ id: 'default', type: 'direct' }),
  thread: id.optional(),
  timestamp: z.number().optional(),
  mentions_me: z.boolean().default(false),
});

/** What the program of a custom channel told of; a text where that is no message. */
export const readSaid = (said: unknown, now: number): InboundMessage | string => {
  const read = Said.safeParse(said);
  if (!read.success) return `a message must have an id and a text: ${read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`;
  const { sender, conversation, thread, timestamp, text, mentions_me: mentionsMe } = read.data;
  const kind = conversation.type === 'direct' || conversation.type === 'group' || conversation.type === 'channel' ? conversation.type : 'unknown';
  // Somebody who keeps several conversations has them apart.
  const apart = kind === 'direct' && conversation.id !== 'default' && sender?.id !== undefined && sender.id !== conversation.id ? conversation.id : undefined;
  return {
    id: read.data.id,
    conversation: { id: conversation.id, kind, title: conversation.title },
    ...(sender?.id !== undefined && { sender: { id: sender.id, name: sender.name } }),
    thread: thread ?? apart,
    text, mentionsMe, attachments: [],
    at: timestamp ?? now,
  };
};
