import { z } from 'zod';
import type { Attachment, InboundMessage } from '../../../engine/ports/channel.ts';

const User = z.object({ id: z.string(), username: z.string(), global_name: z.string().nullish(), bot: z.boolean().optional(), system: z.boolean().optional() });
const File = z.object({ filename: z.string().nullish(), content_type: z.string().nullish(), size: z.number().nullish(), url: z.string().nullish() });

const Message = z.object({
  id: z.string(),
  channel_id: z.string(),
  channel_type: z.int().optional(),
  type: z.int(),
  author: User,
  member: z.object({ nick: z.string().nullish() }).nullish(),
  webhook_id: z.string().nullish(),
  content: z.string().nullish(),
  timestamp: z.string(),
  mentions: z.array(User).optional(),
  referenced_message: z.object({ author: User }).nullish(),
  message_snapshots: z.array(z.object({ message: z.object({ content: z.string().nullish(), attachments: z.array(File).nullish() }) })).nullish(),
  attachments: z.array(File).nullish(),
  sticker_items: z.array(z.object({ name: z.string() })).nullish(),
});
type Message = z.infer<typeof Message>;

export interface Me {
  readonly id: string;
  readonly username: string;
}

/** A message without its place, which may have to be asked for. */
export interface ReadMessage extends Omit<InboundMessage, 'conversation' | 'thread'> {
  readonly channel: string;
  readonly channelType: number | undefined;
}

/** The types that people write; all others tell that something happened. */
const SAID: ReadonlySet<number> = new Set([0, 19]);

/** How what lies at a URL is brought; undefined where it is not Discord's. */
export type Bring = (url: string) => Attachment['fetch'];

/** What somebody wrote; undefined for all else. What bots write is left out: two that answer each other never end. */
export const readMessage = (data: unknown, me: Me, bring: Bring): ReadMessage | undefined => {
  const read = Message.safeParse(data);
  if (!read.success) return undefined;
  const { author, webhook_id: hook, type, id, member, mentions = [], referenced_message: answered } = read.data;
  if (!SAID.has(type) || author.bot || author.system || hook || author.id === me.id) return undefined;
  const at = Date.parse(read.data.timestamp);
  const text = textOf(read.data, me);
  const attachments = attachmentsOf(read.data, bring);
  if (Number.isNaN(at) || (text === '' && attachments.length === 0)) return undefined;
  return {
    id, text, attachments, at,
    channel: read.data.channel_id,
    channelType: read.data.channel_type,
    sender: { id: author.id, name: member?.nick || author.global_name || author.username },
    mentionsMe: mentions.some((user) => user.id === me.id) || answered?.author.id === me.id,
  };
};

const textOf = ({ content, mentions = [], message_snapshots: forwarded }: Message, me: Me): string => {
  const names = new Map([...mentions.map((user): [string, string] => [user.id, user.global_name || user.username]), [me.id, me.username]]);
  const said = (content ?? '')
    .replaceAll(/<@!?(\d+)>/g, (whole, id: string) => {
      const name = names.get(id);
      return name === undefined ? whole : `@${name}`;
    })
    .replaceAll(/<a?(:\w+:)\d+>/g, '$1')
    .trim();
  const others = (forwarded ?? []).map(({ message }) => message.content?.trim() ?? '').filter((words) => words !== '');
  return [said, ...others.map((words) => `[Forwarded] ${words}`)].filter((words) => words !== '').join('\n');
};

const attachmentsOf = ({ attachments, sticker_items: stickers, message_snapshots: forwarded }: Message, bring: Bring): readonly Attachment[] => [
  ...[...(attachments ?? []), ...(forwarded ?? []).flatMap(({ message }) => message.attachments ?? [])].map((file) => toAttachment(file, bring)),
  ...(stickers ?? []).map(({ name }) => ({ kind: 'other' as const, name: `sticker ${name}` })),
];

const toAttachment = ({ filename, content_type: type, size, url }: z.infer<typeof File>, bring: Bring): Attachment => ({
  kind: /^(image|audio|video)\//.exec(type ?? '')?.[1] as 'image' | 'audio' | 'video' | undefined ?? 'file', // The three that the expression knows.
  name: filename ?? undefined,
  type: type ?? undefined,
  bytes: size ?? undefined,
  fetch: url ? bring(url) : undefined,
});
