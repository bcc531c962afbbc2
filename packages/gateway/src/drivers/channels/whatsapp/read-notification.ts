import { z } from 'zod';
import type { Attachment, InboundMessage } from '../../../engine/ports/channel.ts';

/** A number with its country, or the id that stands for somebody who shows none. */
export const USER_ID = /^(?:[1-9]\d{4,19}|[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,140})$/;

const File = z.object({ id: z.string().optional(), caption: z.string().optional(), mime_type: z.string().optional(), filename: z.string().optional(), voice: z.boolean().optional() });
const Choice = z.object({ title: z.string() });

const Message = z.object({
  id: z.string().min(1),
  /** Absent where whoever wrote it shows no number. */
  from: z.string().optional(),
  from_user_id: z.string().optional(),
  group_id: z.string().optional(),
  timestamp: z.string().regex(/^\d{1,12}$/),
  type: z.string(),
  text: z.object({ body: z.string() }).optional(),
  image: File.optional(),
  video: File.optional(),
  audio: File.optional(),
  document: File.optional(),
  sticker: File.optional(),
  location: z.object({ latitude: z.number(), longitude: z.number(), name: z.string().optional(), address: z.string().optional() }).optional(),
  contacts: z.array(z.object({ name: z.object({ formatted_name: z.string() }).optional(), phones: z.array(z.object({ phone: z.string().optional() })).optional() })).optional(),
  interactive: z.object({ button_reply: Choice.optional(), list_reply: Choice.optional() }).optional(),
  button: z.object({ text: z.string() }).optional(),
});
type Message = z.infer<typeof Message>;

const Failed = z.object({ status: z.literal('failed'), recipient_id: z.string().optional(), errors: z.array(z.object({ code: z.number(), title: z.string().optional() })).min(1) });

const Contact = z.object({ wa_id: z.string().optional(), user_id: z.string().optional(), profile: z.object({ name: z.string().optional() }).optional() });

const Notification = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(z.object({
    changes: z.array(z.object({
      field: z.string(),
      value: z.object({
        metadata: z.object({ phone_number_id: z.string() }).optional(),
        contacts: z.array(z.unknown()).optional(),
        messages: z.array(z.unknown()).optional(),
        statuses: z.array(z.unknown()).optional(),
      }),
    })),
  })),
});

/** What WhatsApp brought. */
interface Brought {
  /** In the order in which it was written, as far as that is known. */
  readonly messages: readonly InboundMessage[];
  /** Sends that were taken and then did not arrive. */
  readonly failed: readonly { readonly to: string | undefined; readonly code: number; readonly title: string | undefined }[];
  /** Numbers of the same app that something was for, and that this channel is not. */
  readonly others: readonly string[];
}

/** How to bring what WhatsApp keeps under an id. */
export type FetchOf = (id: string | undefined) => Attachment['fetch'];

/** A notification with what concerns one number; undefined where it is none. */
export const readNotification = (body: unknown, phoneNumberId: string, fetchOf?: FetchOf): Brought | undefined => {
  const read = Notification.safeParse(body);
  if (!read.success) return undefined;
  const values = read.data.entry.flatMap(({ changes }) => changes.flatMap(({ field, value }) => (field === 'messages' ? [value] : [])));
  const mine = values.filter(({ metadata }) => metadata?.phone_number_id === phoneNumberId);
  return {
    messages: mine.flatMap(({ messages = [], contacts = [] }) => {
      const known = contacts.flatMap((contact) => Contact.safeParse(contact).data ?? []);
      return messages.flatMap((message) => readMessage(Message.safeParse(message).data, { contacts: known, fetchOf }) ?? []);
    }).toSorted((a, b) => a.at - b.at),
    failed: mine.flatMap(({ statuses = [] }) => statuses.flatMap((status) => failureIn(Failed.safeParse(status).data))),
    others: values.flatMap(({ metadata }) => (metadata && metadata.phone_number_id !== phoneNumberId ? [metadata.phone_number_id] : [])),
  };
};

const failureIn = (status: z.infer<typeof Failed> | undefined): Brought['failed'] => (status?.errors ?? []).map(({ code, title }) => ({ to: status?.recipient_id, code, title }));

/** Not said to anybody: a sign at what was said, and what the service tells of somebody. */
const NOT_SAID: ReadonlySet<string> = new Set(['reaction', 'system', 'request_welcome']);

interface Around {
  readonly contacts: readonly z.infer<typeof Contact>[];
  readonly fetchOf: FetchOf | undefined;
}

const readMessage = (message: Message | undefined, { contacts, fetchOf }: Around): InboundMessage | undefined => {
  if (!message || NOT_SAID.has(message.type)) return undefined;
  const { id, from, from_user_id: userId, group_id: group, timestamp } = message;
  const sender = [from, userId].find((one) => one !== undefined && USER_ID.test(one));
  if (sender === undefined) return undefined;
  const contact = contacts.find(({ wa_id: number, user_id: user }) => (from !== undefined && number === from) || (userId !== undefined && user === userId));
  return {
    id,
    // How groups are answered is not spoken here: nobody is let in from there.
    conversation: group === undefined ? { id: sender, kind: 'direct' } : { id: group, kind: 'unknown' },
    sender: { id: sender, name: contact?.profile?.name },
    text: textOf(message),
    attachments: attachmentsOf(message, fetchOf),
    mentionsMe: false,
    at: Number(timestamp) * 1_000,
  };
};

const textOf = ({ text, image, video, document, location, interactive, button }: Message): string =>
  text?.body ?? image?.caption ?? video?.caption ?? document?.caption ?? button?.text ?? interactive?.button_reply?.title ?? interactive?.list_reply?.title
  ?? (location ? [location.name, location.address, `(${location.latitude}, ${location.longitude})`].filter(Boolean).join(' ') : '');

const attachmentsOf = (message: Message, fetchOf: FetchOf | undefined): readonly Attachment[] => {
  const { type, image, video, audio, document, sticker, contacts = [] } = message;
  const of = (kind: Attachment['kind'], file: z.infer<typeof File> | undefined, name = file?.filename): Attachment[] => (file ? [{ kind, name, type: file.mime_type, fetch: fetchOf?.(file.id) }] : []);
  const found = [
    ...of('image', image), ...of('video', video), ...of('audio', audio, audio?.voice ? 'voice message' : undefined), ...of('file', document), ...of('other', sticker, 'sticker'),
    ...contacts.map(({ name, phones = [] }): Attachment => ({ kind: 'other', name: ['contact', name?.formatted_name, ...phones.map(({ phone }) => phone)].filter(Boolean).join(' ') })),
  ];
  // What WhatsApp does not hand on to programs, or not yet: a poll, say. That something came is said.
  return found.length === 0 && textOf(message) === '' ? [{ kind: 'other', name: `a message of the kind ${type}` }] : found;
};
