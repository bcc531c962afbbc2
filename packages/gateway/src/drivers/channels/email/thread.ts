const ANSWERED = /^(?:(?:re|aw|sv|antw|vs|res|rif|odp|fwd?|wg|tr|enc)(?:\[\d+\])?\s*:\s*)+/i;
const MESSAGE_ID = /<[^\s<>]{1,240}>/g;
const LONGEST_SUBJECT = 150;

/** Names of mails in a header that holds some. */
export const messageIds = (header: string | undefined): readonly string[] => header?.match(MESSAGE_ID) ?? [];

/** A mail without its `Re:`. */
export const bareSubject = (subject: string): string => subject.replaceAll(/\s+/g, ' ').trim().replace(ANSWERED, '').slice(0, LONGEST_SUBJECT).toWellFormed().trim();

/** A thread is its first mail, and what it is about: all that an answer needs to know of it, whenever it is sent. */
export interface MailThread {
  readonly root: string | undefined;
  readonly subject: string;
}

export const wordThread = ({ root, subject }: MailThread): string | undefined => [root, subject].filter(Boolean).join(' ') || undefined;

export const readThread = (thread: string | undefined): MailThread => {
  const [, root, subject = ''] = /^(<[^\s<>]+>)?\s*(.*)$/s.exec(thread ?? '') ?? [];
  return { root, subject };
};
