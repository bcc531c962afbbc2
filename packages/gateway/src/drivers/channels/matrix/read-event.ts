import { z } from 'zod';
import type { Attachment, InboundMessage } from '../../../engine/ports/channel.ts';
import type { FetchOf } from './media.ts';

/** An id that is longer than this would be cut short elsewhere, and be somebody else's. */
export const USER_ID = /^@[!-9;-~]{1,150}:[A-Za-z0-9.:\-[\]]{1,150}$/;
const LONGEST_USER_ID = 190;

const Relation = z.object({ rel_type: z.string().optional(), event_id: z.string().optional(), 'm.in_reply_to': z.object({ event_id: z.string() }).optional() });

const Content = z.object({
  msgtype: z.string().optional(),
  body: z.string().default(''),
  filename: z.string().optional().catch(undefined),
  formatted_body: z.string().optional().catch(undefined),
  url: z.string().optional().catch(undefined),
  geo_uri: z.string().optional().catch(undefined),
  info: z.object({ mimetype: z.string().optional(), size: z.number().optional() }).optional().catch(undefined),
  'm.mentions': z.object({ user_ids: z.array(z.string()).optional() }).optional().catch(undefined),
  'm.relates_to': Relation.optional().catch(undefined),
  // Of a membership.
  membership: z.string().optional().catch(undefined),
  displayname: z.string().optional().catch(undefined),
});
type Content = z.infer<typeof Content>;

const Event = z.object({
  type: z.string(),
  event_id: z.string(),
  sender: z.string(),
  origin_server_ts: z.number(),
  state_key: z.string().optional(),
  content: Content,
  unsigned: z.object({ prev_content: z.object({ membership: z.string().optional() }).optional() }).optional().catch(undefined),
});
export type Event = z.infer<typeof Event>;

/** What can be read of a list of events; a strange one is left out. */
export const readEvents = (events: readonly unknown[]): readonly Event[] => events.flatMap((event) => Event.safeParse(event).data ?? []);

/** Where an event stands, and who is there. */
export interface Place {
  readonly room: string;
  readonly me: string;
  /** Who is there or is asked to be, by their ids, with their names; undefined where that is not known. */
  readonly members: ReadonlyMap<string, string | undefined> | undefined;
  /** How to bring what is attached. */
  readonly fetchOf?: FetchOf;
}

/** An edit of what was said before, and a sign at what somebody said. */
const NOT_SAID: ReadonlySet<string> = new Set(['m.replace', 'm.annotation']);
/** Written by a program, and never to be answered by one: else two would answer each other for ever. */
const NOT_FOR_PROGRAMS = /^m\.(notice$|key\.|server_notice$)/;

/** What somebody wrote; undefined for all else that happens in a room. */
export const readMessage = ({ type, event_id: id, sender, origin_server_ts: at, content }: Event, { room, me, members, fetchOf }: Place): InboundMessage | undefined => {
  const relation = content['m.relates_to'];
  if (sender === me || NOT_SAID.has(relation?.rel_type ?? '') || NOT_FOR_PROGRAMS.test(content.msgtype ?? '')) return undefined;
  const said = saidIn(type, content, fetchOf);
  if (!said || (said.text === '' && said.attachments.length === 0)) return undefined;
  return {
    id,
    conversation: { id: room, kind: kindOf(members) },
    ...(USER_ID.test(sender) && sender.length <= LONGEST_USER_ID && { sender: { id: sender, name: members?.get(sender) } }),
    thread: relation?.rel_type === 'm.thread' ? relation.event_id : undefined,
    ...said,
    mentionsMe: mentions(content, me, members?.get(me)),
    at,
  };
};

/** Two are among themselves; a third who is only asked to come will read it, too. */
export const kindOf = (members: Place['members']): InboundMessage['conversation']['kind'] => (members ? (members.size <= 2 ? 'direct' : 'group') : 'unknown');

const FILES: Readonly<Record<string, Attachment['kind']>> = { 'm.image': 'image', 'm.audio': 'audio', 'm.video': 'video', 'm.file': 'file' };

const saidIn = (type: string, content: Content, fetchOf: FetchOf | undefined): Pick<InboundMessage, 'text' | 'attachments'> | undefined => {
  if (type === 'm.room.encrypted') return { text: '', attachments: [{ kind: 'other', name: 'a message in an encrypted room, which cannot be read here' }] };
  if (type === 'm.sticker') return { text: '', attachments: [{ kind: 'other', name: `sticker ${content.body}`.trim() }] };
  if (type !== 'm.room.message' || content.msgtype === undefined) return undefined;
  const { msgtype, filename, info, url } = content;
  const body = content['m.relates_to']?.['m.in_reply_to'] ? withoutQuote(content.body) : content.body;
  const kind = Object.hasOwn(FILES, msgtype) ? FILES[msgtype] : undefined;
  if (kind) {
    const caption = filename !== undefined && filename !== body ? body : '';
    return { text: caption, attachments: [{ kind, name: filename ?? content.body, type: info?.mimetype, bytes: info?.size, fetch: fetchOf?.(url) }] };
  }
  if (msgtype === 'm.emote') return { text: `* ${body}`, attachments: [] };
  if (msgtype === 'm.location') return { text: [body, content.geo_uri].filter(Boolean).join(' '), attachments: [] };
  return { text: body, attachments: [] };
};

/** Older programs repeat what they answer: lines with `> `, then an empty one. */
const withoutQuote = (body: string): string => body.replace(/^(?:> .*(?:\n|$))+\n?/, '');

/** Programs of today say whom they mean. Of others, it is whoever is linked to or called by name, also in the words that are answered. */
const mentions = ({ 'm.mentions': meant, body, formatted_body: formatted = '' }: Content, me: string, name: string | undefined): boolean => {
  if (meant) return meant.user_ids?.includes(me) === true;
  if (linksTo(formatted).includes(me)) return true;
  return [me, name].some((called) => called !== undefined && called.trim() !== '' && hasWord(body, called.trim()));
};

/** Whom the links of a text lead to: `https://matrix.to/#/@ann:example.org`, `matrix:u/ann:example.org`. */
const linksTo = (html: string): readonly string[] =>
  [...html.matchAll(/href=["'](?:https:\/\/matrix\.to\/#\/(@|%40)|matrix:u\/)([^"'?]{1,600})/gi)].map(([, , id = '']) => `@${decoded(id)}`);

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const hasWord = (text: string, word: string): boolean =>
  text.toLowerCase().split(word.toLowerCase()).some((after, index, parts) => index > 0 && !/[\p{L}\p{N}_]$/u.test(parts[index - 1] ?? '') && !/^[\p{L}\p{N}_]/u.test(after));
