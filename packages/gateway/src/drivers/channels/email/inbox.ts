import { setTimeout as sleep } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import { notReached, trusted } from '../kit/dial.ts';
import type { StoredMail } from './read-mail.ts';
import { type EmailSettings, usernameOf } from './settings.ts';

/** As much of one mail as is read: its words come first. */
const LONGEST_MAIL = 10 * 1024 * 1024;
const LAST_WORDS_MS = 1_000;
const PORTS = { tls: 993, starttls: 143, none: 143 } as const;
/** What a server says instead of letting in, that is no word on the password. */
const NOT_NOW: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG']);

export interface Inbox {
  /** What is unread, in order. */
  unread(): Promise<readonly number[]>;
  read(uid: number): Promise<StoredMail | undefined>;
  /** From now on it is not unread any more. */
  settle(uid: number): Promise<void>;
  /** Begins to listen for more; the function resolves when there may be some. */
  listen(): () => Promise<void>;
  end(): Promise<void>;
}

/** One mailbox, held open. */
export const openInbox = async (settings: EmailSettings, lost: (failure: ChannelFailure) => void): Promise<Inbox> => {
  const { imap: { host, security, port = PORTS[security] }, password, caFile, mailbox, moveTo, pollSeconds } = settings;
  const ca = await trusted(caFile);
  const client = new ImapFlow({
    host, port, secure: security === 'tls', ...(security !== 'tls' && { doSTARTTLS: security === 'starttls' }), ...(ca && { tls: { ca } }),
    auth: { user: usernameOf(settings), pass: password }, logger: false, disableAutoIdle: true,
    // A dead connection is noticed at the next look, at the latest.
    connectionTimeout: 20_000, greetingTimeout: 20_000, socketTimeout: pollSeconds * 1_000 + 30_000,
  });
  const ended = new AbortController();
  let heard = Promise.withResolvers<void>();
  client.on('error', () => {});
  client.on('exists', () => heard.resolve());
  client.on('close', () => {
    if (!ended.signal.aborted) lost(new ChannelFailure('passing', `the connection to ${host} was lost`));
    ended.abort();
  });
  const end = async (): Promise<void> => {
    const wasOpen = !ended.signal.aborted;
    ended.abort();
    if (wasOpen && client.usable) await Promise.race([client.logout().catch(() => {}), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    client.close();
  };

  try {
    await client.connect();
    if (moveTo !== undefined) await client.mailboxCreate(moveTo);
    await client.mailboxOpen(mailbox);
  } catch (thrown) {
    const failure = notOpened(thrown, settings, client.authenticated !== false);
    await end();
    throw failure;
  }
  const { uidValidity } = client.mailbox || { uidValidity: 0n };

  return {
    unread: async () => {
      const found = await client.search({ seen: false }, { uid: true });
      if (!found) throw new ChannelFailure('passing', `${host} could not say what is unread`);
      return found.toSorted((a, b) => a - b);
    },
    read: async (uid) => {
      const mail = await client.fetchOne(String(uid), { internalDate: true, source: { maxLength: LONGEST_MAIL } }, { uid: true });
      if (!mail || !mail.source) return undefined;
      const at = new Date(mail.internalDate ?? Date.now()).getTime();
      return { source: mail.source, isWhole: mail.source.length < LONGEST_MAIL, at, name: `${uidValidity}.${uid}` };
    },
    settle: async (uid) => {
      const done = moveTo === undefined ? await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true }) : await client.messageMove(String(uid), moveTo, { uid: true });
      if (!done) throw new ChannelFailure('passing', `${host} could not ${moveTo === undefined ? 'mark a mail as read' : `move a mail to ${moveTo}`}`);
    },
    listen: () => {
      heard = Promise.withResolvers();
      const { promise } = heard;
      return async () => {
        void client.idle().catch(() => {});
        await Promise.race([promise, sleep(pollSeconds * 1_000, undefined, { signal: ended.signal }).catch(() => {})]);
      };
    },
    end,
  };
};

const notOpened = (thrown: unknown, { imap: { host }, password, mailbox }: EmailSettings, authenticated: boolean): ChannelFailure => {
  if (thrown instanceof ChannelFailure) return thrown;
  const said = textOf(thrown, 'responseText').replaceAll(password, '[password]');
  if (thrown instanceof Error && 'authenticationFailed' in thrown && thrown.authenticationFailed) {
    if (NOT_NOW.has(textOf(thrown, 'serverResponseCode'))) return new ChannelFailure('passing', `${host} lets nobody in for now: ${said}`);
    return new ChannelFailure('permanent', `channels.email: ${host} does not accept the username or the password: ${said}`);
  }
  if (authenticated && textOf(thrown, 'responseStatus') === 'NO') return new ChannelFailure('permanent', `the mailbox ${mailbox} of ${host} cannot be opened: ${said}`);
  return notReached(host, thrown);
};

const textOf = (thrown: unknown, property: string): string => {
  const value: unknown = thrown instanceof Error ? Reflect.get(thrown, property) : undefined;
  return typeof value === 'string' ? value : '';
};
