import { z } from 'zod';
import type { Attachment, InboundMessage } from '../../../engine/ports/channel.ts';

const User = z.object({ id: z.int(), first_name: z.string().optional(), last_name: z.string().optional(), username: z.string().optional() });
const File = z.object({ file_id: z.string().optional(), file_name: z.string().optional(), mime_type: z.string().optional(), file_size: z.number().optional() });
const Entity = z.object({ type: z.string(), offset: z.int(), length: z.int(), user: User.optional() });

const Message = z.object({
  message_id: z.int(),
  message_thread_id: z.int().optional(),
  is_topic_message: z.boolean().optional(),
  from: User.optional(),
  /** Somebody who writes as a group or a channel: whose id that is, is nobody's. */
  sender_chat: z.object({ id: z.int() }).optional(),
  date: z.number(),
  chat: z.object({ id: z.int(), type: z.string(), title: z.string().optional() }),
  reply_to_message: z.object({ from: User.optional() }).optional(),
  text: z.string().optional(),
  caption: z.string().optional(),
  entities: z.array(Entity).optional(),
  caption_entities: z.array(Entity).optional(),
  photo: z.array(File).optional(),
  document: File.optional(),
  audio: File.optional(),
  voice: File.optional(),
  video: File.optional(),
  video_note: File.optional(),
  animation: File.optional(),
  sticker: z.object({ emoji: z.string().optional() }).optional(),
});
type Message = z.infer<typeof Message>;

export const Update = z.object({ update_id: z.int(), message: z.unknown().optional(), channel_post: z.unknown().optional() });
export type Update = z.infer<typeof Update>;

/** What Telegram is asked to tell of. */
export const ALLOWED_UPDATES = ['message', 'channel_post'];

export interface Me {
  readonly id: number;
  readonly username: string;
}

const KINDS: Readonly<Record<string, InboundMessage['conversation']['kind']>> = { private: 'direct', group: 'group', supergroup: 'group', channel: 'channel' };

/** Brings what Telegram keeps under an id. */
type Bring = (fileId: string, mostBytes: number, until: AbortSignal) => Promise<Uint8Array>;

/** What somebody wrote; undefined for all else that Telegram tells of. */
export const readMessage = ({ message, channel_post: post }: Update, me: Me, bring?: Bring): InboundMessage | undefined => {
  const read = Message.safeParse(message ?? post);
  if (!read.success || read.data.from?.id === me.id) return undefined;
  const { chat, from, sender_chat: as, date, message_id: id, ...rest } = read.data;
  const attachments = attachmentsOf(rest, bring);
  const text = rest.text ?? rest.caption ?? '';
  if (text === '' && attachments.length === 0) return undefined;
  return {
    id: String(id),
    conversation: { id: String(chat.id), kind: (Object.hasOwn(KINDS, chat.type) ? KINDS[chat.type] : undefined) ?? 'unknown', title: chat.title },
    ...(from && !as && { sender: { id: String(from.id), name: nameOf(from) } }),
    thread: rest.is_topic_message && rest.message_thread_id !== undefined ? String(rest.message_thread_id) : undefined,
    text,
    attachments,
    mentionsMe: mentions(read.data, text, me),
    at: date * 1_000,
  };
};

const nameOf = ({ first_name: first, last_name: last, username }: z.infer<typeof User>): string | undefined =>
  [first, last].filter(Boolean).join(' ') || username;

const mentions = ({ entities, caption_entities: inCaption, reply_to_message: answered }: Message, text: string, me: Me): boolean => {
  if (answered?.from?.id === me.id) return true;
  const name = `@${me.username.toLowerCase()}`;
  return [...(entities ?? []), ...(inCaption ?? [])].some(({ type, offset, length, user }) => {
    const said = text.slice(offset, offset + length).toLowerCase();
    return (type === 'mention' && said === name) || (type === 'bot_command' && said.endsWith(name)) || (type === 'text_mention' && user?.id === me.id);
  });
};

const attachmentsOf = (message: Omit<Message, 'from'  | 'chat' | 'date' | 'message_id' | 'sender_chat'>, bring: Bring | undefined): readonly Attachment[] => {
  const { photo, document, audio, voice, video, video_note: note, animation, sticker } = message;
  const of = (kind: Attachment['kind'], file: z.infer<typeof File> | undefined, usual?: string): Attachment[] => {
    if (!file) return [];
    const { file_id: id, file_name: name, mime_type: type = usual, file_size: bytes } = file;
    return [{ kind, name, type, bytes, ...(bring && id !== undefined && { fetch: (mostBytes, until) => bring(id, mostBytes, until) }) }];
  };
  return [
    // The last is the largest; the others are the same in small. An animation is told as a document a second time.
    ...of('image', photo?.at(-1), 'image/jpeg'), ...of('file', animation ? undefined : document), ...of('audio', audio), ...of('audio', voice),
    ...of('video', video), ...of('video', note, 'video/mp4'), ...of('video', animation),
    ...(sticker ? [{ kind: 'other' as const, name: `sticker ${sticker.emoji ?? ''}`.trim() }] : []),
  ];
};
