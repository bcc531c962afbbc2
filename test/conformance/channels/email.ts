import { expect } from 'vitest';
import { emailChannel } from '../../../packages/gateway/src/drivers/channels/email/index.ts';
import { type Post, startSmtpSink } from '../../support/mail.ts';
import type { ChannelService } from '../channel.ts';

/** The password of every mailbox. */
export const MAIL_PASSWORD = 'a-password-of-mail';

const none = (): never => expect.fail('mail has no such thing');

/** Mailboxes of one post, a new one each time. */
export const emailServices = (post: () => Post): (() => Promise<ChannelService>) => {
  let count = 0;
  return async () => {
    const user = `agent${++count}`;
    const box = await post().mailbox(user);
    const sink = await startSmtpSink(post());
    const server = (port: number) => ({ host: 'localhost', port });
    const section = { address: 'agent@example.org', username: user, password: MAIL_PASSWORD, imap: server(box.port), smtp: server(sink.port), caFile: post().caFile, authservId: 'mx.example.org' };
    let said = 0;
    const gets = async (rest: string): Promise<string> => {
      const id = `<${++said}@example.com>`;
      await box.gets(`Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\r\nFrom: Ann <ann@example.com>\r\nTo: agent@example.org\r\nMessage-ID: ${id}\r\n${rest}`);
      return id;
    };
    return {
      driver: emailChannel, section, secret: MAIL_PASSWORD,
      refusedSection: { ...section, password: 'another-password' },
      wrongSection: { ...section, address: 'not an address' },
      annId: 'ann@example.com', groupId: '', address: { channel: 'email', to: 'ann@example.com' },
      says: (text) => gets(`\r\n${text}\r\n`),
      saysInGroup: none,
      texts: (to) => sink.mails.filter((mail) => mail.to === to).map(({ text }) => text),
      refuses: () => sink.befalls({ at: 'RCPT', says: '550 5.1.1 no such user' }),
      limits: none,
      losesAnswers: () => sink.befalls('cut'),
      cut: () => box.cut(),
      untaken: () => box.unread(),
      files: {
        says: (text, { name, type, content }) =>
          gets(`MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\n${text}\r\n--b1\r\nContent-Type: ${type}\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString('base64').replaceAll(/.{76}/g, '$&\r\n')}\r\n--b1--\r\n`),
        sent: (to) => sink.mails.filter((mail) => mail.to === to).flatMap(({ files }) => files),
        refuses: () => sink.befalls({ at: 'RCPT', says: '550 5.1.1 no such user' }),
        losesAnswers: () => sink.befalls('cut'),
      },
      [Symbol.asyncDispose]: async () => {
        await box[Symbol.asyncDispose]();
        await sink[Symbol.asyncDispose]();
      },
    };
  };
};
