import PostalMime, { type Attachment as MailAttachment, type Email } from 'postal-mime';
import { type Attachment, ChannelFailure, type InboundMessage } from '../../../engine/ports/channel.ts';
import { isAuthenticated } from './authenticated.ts';
import { byProgram } from './by-program.ts';
import { cutQuote } from './cut-quote.ts';
import { htmlText } from './html-text.ts';
import { type EmailSettings, isAddress } from './settings.ts';
import { bareSubject, messageIds, wordThread } from './thread.ts';

/** Of longer ones only the beginning is made into text. */
const LONGEST_HTML = 1_000_000;
const LONGEST_FROM = 2_000;

export interface StoredMail {
  readonly source: Buffer;
  /** It is not longer than what is read of a mail. */
  readonly isWhole: boolean;
  /** When the server got it: what the mail itself says of that is anybody's word. */
  readonly at: number;
  /** What the mailbox calls it; no two are called the same, and none twice differently. */
  readonly name: string;
}

export type ReadMail = { readonly message: InboundMessage } | { readonly skipped: string };

/** A mail as a message; or why it is none. */
export const readMail = async ({ source, isWhole, at, name }: StoredMail, { address: me, authservId }: Pick<EmailSettings, 'address' | 'authservId'>): Promise<ReadMail> => {
  const mail = await PostalMime.parse(source);
  const from = senderOf(mail);
  if (from === undefined) return { skipped: 'without one sender' };
  const reason = byProgram(mail.headers, from.address, me);
  if (reason !== undefined) return { skipped: reason };
  const isVouchedFor = isAuthenticated(mail.headers, authservId, from.address);
  const [id] = messageIds(mail.messageId);
  const earlier = [...messageIds(mail.references), ...messageIds(mail.inReplyTo)];
  const subject = bareSubject(mail.subject ?? '');
  const said = cutQuote(mail.text?.trim() ? mail.text : htmlText((mail.html ?? '').slice(0, LONGEST_HTML)));
  return {
    message: {
      // Whoever nobody vouches for could take the name of a mail that is still to come; whoever is vouched for only of their own.
      id: isVouchedFor && id !== undefined ? id : name,
      conversation: { id: from.address, kind: 'direct', title: subject },
      sender: { id: from.address, name: from.name || undefined, ...(!isVouchedFor && { claimed: true as const }) },
      thread: wordThread({ root: earlier[0] ?? id, subject }),
      text: earlier.length === 0 && subject !== '' ? `${subject}\n\n${said}`.trim() : said,
      attachments: mail.attachments.filter(({ related }) => !related).map((attachment) => described(attachment, isWhole)),
      mentionsMe: true,
      at,
    },
  };
};

/** One address in one From: of two, nobody can say which one was vouched for. */
const senderOf = ({ headers, from }: Email): { readonly address: string; readonly name: string } | undefined => {
  if (headers.filter(({ key }) => key === 'from').length !== 1 || from?.address === undefined) return undefined;
  const line = headers.find(({ key }) => key === 'from')?.value ?? '';
  if (line.length > LONGEST_FROM || (withoutQuoted(line).match(/@/g) ?? []).length !== 1 || !isAddress(from.address)) return undefined;
  return { address: from.address.toLowerCase(), name: from.name };
};

const withoutQuoted = (line: string): string => line.replaceAll(/"(?:\\.|[^"\\])*"/g, '').replaceAll(/=\?[^?\s]+\?[bq]\?[^?\s]*\?=/gi, '');

const KINDS = ['image', 'audio', 'video'] as const;

const described = ({ filename, mimeType, content }: MailAttachment, isWhole: boolean): Attachment => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
  return {
    kind: KINDS.find((kind) => mimeType.startsWith(`${kind}/`)) ?? 'file',
    name: filename ?? undefined,
    type: mimeType,
    ...(isWhole && { bytes: bytes.length }),
    fetch: async (mostBytes) => {
      if (!isWhole) throw new ChannelFailure('permanent', 'the mail is too long to be read whole');
      if (bytes.length > mostBytes) throw new ChannelFailure('permanent', 'it is longer than what is kept');
      return bytes;
    },
  };
};
