import { z } from 'zod';
import type { Attachment, InboundMessage } from '../../../engine/ports/channel.ts';
import { SlackFile } from './slack-files.ts';
import { type Mentioned, toPlain } from './slack-text.ts';

const Event = z.object({
  type: z.enum(['message', 'app_mention']),
  subtype: z.string().optional(),
  channel: z.string(),
  channel_type: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().nullish(),
  text: z.string().nullish(),
  ts: z.string().regex(/^\d+\.\d+$/),
  thread_ts: z.string().optional(),
  /** Who began the thread. */
  parent_user_id: z.string().optional(),
  files: z.array(SlackFile).optional(),
});
type Event = z.infer<typeof Event>;

/** What Slack tells of, in its envelope. A message comes twice where it mentions the app: as a message and as a mention, with one `ts`. */
export const Payload = z.object({ event_id: z.string().optional(), event: z.unknown().optional() });
export type Payload = z.infer<typeof Payload>;

/** Other subtypes are not new words of somebody: an edit, a deletion, a topic, somebody who joined. */
const SAID: ReadonlySet<string | undefined> = new Set([undefined, 'file_share', 'me_message', 'thread_broadcast']);

const KINDS: Readonly<Record<string, InboundMessage['conversation']['kind']>> = { im: 'direct', mpim: 'group', channel: 'group', group: 'group' };

interface Options {
  readonly replyInThread: boolean;
  /** How to bring a file. */
  readonly fetchOf?: (file: SlackFile) => Attachment['fetch'];
}

/** What somebody wrote; undefined for all else that Slack tells of. What bots write is left out: two that answer each other never end. */
export const readMessage = ({ event }: Payload, me: Mentioned, options: Options): InboundMessage | undefined => {
  const read = Event.safeParse(event);
  if (!read.success) return undefined;
  const { data } = read;
  if (!SAID.has(data.subtype) || data.bot_id || data.user === me.userId) return undefined;
  const text = toPlain(data.text ?? '', me);
  const attachments = (data.files ?? []).map((file) => ({ ...toAttachment(file), fetch: options.fetchOf?.(file) }));
  if (text === '' && attachments.length === 0) return undefined;
  const kind = kindOf(data);
  return {
    id: data.ts,
    conversation: { id: data.channel, kind },
    ...(data.user !== undefined && { sender: { id: data.user } }),
    thread: data.thread_ts ?? (kind === 'direct' || !options.replyInThread ? undefined : data.ts),
    text,
    attachments,
    mentionsMe: data.type === 'app_mention' || data.parent_user_id === me.userId || mentions(data.text ?? '', me),
    at: Math.round(Number(data.ts) * 1_000),
  };
};

/** Mentions come without the kind of their conversation, and never from a direct one. */
const kindOf = ({ type, channel, channel_type: kind }: Event): InboundMessage['conversation']['kind'] => {
  if (type === 'app_mention') return /^[CG]/.test(channel) ? 'group' : 'unknown';
  return (kind !== undefined && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined) ?? 'unknown';
};

const mentions = (text: string, { userId }: Mentioned): boolean => text.includes(`<@${userId}>`) || text.includes(`<@${userId}|`);

const toAttachment = ({ name, title, mimetype, size }: SlackFile): Attachment => ({
  kind: /^(image|audio|video)\//.exec(mimetype ?? '')?.[1] as 'image' | 'audio' | 'video' | undefined ?? 'file', // The three that the expression knows.
  name: name ?? title ?? undefined,
  type: mimetype ?? undefined,
  bytes: size ?? undefined,
});
