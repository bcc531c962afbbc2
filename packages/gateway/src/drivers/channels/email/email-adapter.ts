import { type ChannelAdapter, type ChannelContext, ChannelFailure, type ChannelWorld, type OutgoingFile, type OutgoingMessage, type SentMessage } from '../../../engine/ports/channel.ts';
import { handOn } from '../kit/hand-on.ts';
import { type Inbox, openInbox } from './inbox.ts';
import { sendMail } from './outbox.ts';
import { readMail, type StoredMail } from './read-mail.ts';
import type { EmailSettings } from './settings.ts';

const LONGEST_TEXT = 100_000;
/** Most servers take mails of 20 MB and more; on the wire this is a third longer. */
const LARGEST_FILE = 10_000_000;

/** One address: a mailbox to read, and a server to send by. */
export const emailAdapter = (settings: EmailSettings, { log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  let inbox: Inbox | undefined;
  let working: Promise<void> = Promise.resolve();

  const read = async (mail: StoredMail) => {
    const found = await readMail(mail, settings).catch((thrown: unknown) => ({ skipped: `not readable: ${String(thrown)}` }));
    if ('message' in found) return found.message;
    log('info', 'a mail is not answered', { channel: 'email', mail: mail.name, reason: found.skipped });
    return undefined;
  };

  /** One mail after the other. A mail is read, for others who look into the mailbox, when it is stored. */
  const work = async (from: Inbox, context: ChannelContext): Promise<void> => {
    while (!closed.signal.aborted) {
      const more = from.listen();
      for (const uid of await from.unread()) {
        const mail = closed.signal.aborted ? undefined : await from.read(uid);
        if (!mail) continue;
        const message = await read(mail);
        const taken = message === undefined || (await handOn(() => context.received(message), { channel: 'email', log, signal: closed.signal }));
        if (taken) await from.settle(uid);
      }
      if (!closed.signal.aborted) await more();
    }
  };

  const end = async (): Promise<void> => {
    closed.abort();
    await inbox?.end();
    await working;
  };

  const send = async (message: OutgoingMessage | OutgoingFile): Promise<SentMessage> => {
    if (!inbox || closed.signal.aborted) throw new ChannelFailure('passing', 'mail is not connected');
    return sendMail(message, settings);
  };

  return {
    capabilities: { longestText: LONGEST_TEXT, edit: false, largestFile: LARGEST_FILE },
    connect: async (context) => {
      let told = false;
      const lost = (failure: ChannelFailure): void => {
        if (closed.signal.aborted || told || !inbox) return;
        told = true;
        context.disconnected(failure);
        void end();
      };
      const opened = await openInbox(settings, lost);
      if (closed.signal.aborted) return opened.end();
      inbox = opened;
      context.connected();
      working = work(opened, context).catch((thrown: unknown) => lost(thrown instanceof ChannelFailure ? thrown : new ChannelFailure('passing', 'the mailbox could not be read', { cause: thrown })));
    },
    disconnect: end,
    send,
    sendFile: send,
  };
};
