import { createHash, randomUUID } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { ChannelFailure, type OutgoingFile, type OutgoingMessage, type SentMessage } from '../../../engine/ports/channel.ts';
import { notReached, trusted } from '../kit/dial.ts';
import { HOP_HEADER } from './by-program.ts';
import { type EmailSettings, isAddress, type Server, usernameOf } from './settings.ts';
import { messageIds, readThread } from './thread.ts';

const DIAL_WITHIN_MS = 20_000;
const ANSWER_WITHIN_MS = 60_000;
const PORTS: Readonly<Record<Server['security'], number>> = { tls: 465, starttls: 587, none: 25 };

/** Sends one mail over a connection of its own. */
export const sendMail = async (message: OutgoingMessage | OutgoingFile, settings: EmailSettings): Promise<SentMessage> => {
  const { address: me, smtp: { host, security, port = PORTS[security] }, password, caFile } = settings;
  const { to } = message.address;
  if (!isAddress(to)) throw new ChannelFailure('permanent', 'that is no address of mail');
  const { id, content } = await compose(message, settings);
  const ca = await trusted(caFile);
  const connection = new SMTPConnection({
    host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none', ...(ca && { tls: { ca } }), logger: false,
    connectionTimeout: DIAL_WITHIN_MS, greetingTimeout: DIAL_WITHIN_MS, socketTimeout: ANSWER_WITHIN_MS,
  });
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  connection.on('error', (error) => broken.reject(error));
  connection.on('end', () => broken.reject(new Error('the connection was closed')));
  const step = (run: (done: (error?: Error | null) => void) => void): Promise<void> =>
    Promise.race([broken.promise, new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve())))]);
  try {
    await step((done) => connection.connect(done)).catch(failedBefore(host));
    await step((done) => connection.login({ user: usernameOf(settings), pass: password }, done)).catch(failedBefore(host));
    await step((done) => connection.send({ from: me, to: [to] }, content, (error) => done(error))).catch(failedWhile(host));
    return { externalId: id };
  } catch (thrown) {
    if (!(thrown instanceof ChannelFailure)) throw thrown;
    throw new ChannelFailure(thrown.kind, thrown.message.replaceAll(password, '[password]'));
  } finally {
    connection.quit();
    connection.close();
  }
};

/** Tried again, it is the same mail: whoever gets it twice sees it once. */
const compose = async (message: OutgoingMessage | OutgoingFile, { address: me, name }: EmailSettings): Promise<{ readonly id: string; readonly content: Buffer }> => {
  const { address: { to, thread, inReplyTo }, key } = message;
  const text = 'text' in message ? message.text : '';
  const id = `<${createHash('sha256').update(JSON.stringify([me, key ?? randomUUID()])).digest('hex').slice(0, 32)}@${me.slice(me.lastIndexOf('@') + 1)}>`;
  const { root, subject } = readThread(thread);
  const [answered] = messageIds(inReplyTo);
  const references = [...new Set([root, answered].filter((one) => one !== undefined))];
  const isAnswer = references.length > 0 || inReplyTo !== undefined;
  const mail = new MailComposer({
    from: name === undefined ? me : { name, address: me }, to: { name: '', address: to }, messageId: id,
    subject: isAnswer ? `Re: ${subject || 'your message'}` : subject || firstWords('text' in message ? text : message.name),
    ...(references.length > 0 && { inReplyTo: answered ?? root, references }),
    text, ...('content' in message && { attachments: [{ filename: message.name, contentType: message.type, content: Buffer.from(message.content) }] }), disableFileAccess: true, disableUrlAccess: true,
    headers: { 'Auto-Submitted': isAnswer ? 'auto-replied' : 'auto-generated', 'X-Auto-Response-Suppress': 'All', [HOP_HEADER]: me },
  });
  return { id, content: await mail.compile().build() };
};

const firstWords = (text: string): string => {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length <= 70 ? line : `${line.slice(0, 70).toWellFormed().replace(/\s\S*$/, '')} …`;
};

const codeOf = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'responseCode' in thrown && typeof thrown.responseCode === 'number' ? thrown.responseCode : undefined;
const saidBy = (thrown: unknown): string => (thrown instanceof Error && 'response' in thrown && typeof thrown.response === 'string' ? thrown.response : String(thrown)).slice(0, 300);

/** Nothing was sent yet. */
const failedBefore = (host: string) => (thrown: unknown): never => {
  const code = codeOf(thrown);
  if (isMissingTls(thrown)) throw new ChannelFailure('permanent', `${host} has no STARTTLS`);
  if (code === undefined) throw notReached(host, causeOf(thrown));
  throw new ChannelFailure(code >= 500 ? 'permanent' : 'passing', `${host} did not let it in: ${saidBy(thrown)}`);
};

/** What the server refuses, it has not sent, nor what is refused before it was asked; where it says nothing, nobody knows. */
const failedWhile = (host: string) => (thrown: unknown): never => {
  const code = codeOf(thrown);
  const message = `${host} did not take it: ${saidBy(thrown)}`;
  if (code === undefined && (nameOf(thrown) === 'EMESSAGE' || nameOf(thrown) === 'EENVELOPE')) throw new ChannelFailure('permanent', message);
  if (code === undefined || (thrown instanceof Error && 'command' in thrown && thrown.command === 'CONN')) throw new ChannelFailure('unknown', message);
  throw new ChannelFailure(code >= 500 ? 'permanent' : 'passing', message);
};

/** The server did not agree to TLS; what fails in it afterwards has another word. */
const isMissingTls = (thrown: unknown): boolean => thrown instanceof Error && 'command' in thrown && thrown.command === 'STARTTLS' && codeOf(thrown) !== undefined;
const nameOf = (thrown: unknown): string => (thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '');

/** The library calls every trouble of a socket the same; what the socket called it is left in the words. */
const causeOf = (thrown: unknown): unknown => {
  if (!(thrown instanceof Error)) return thrown;
  const code = /certificate|altname/i.test(thrown.message) ? `CERTIFICATE (${thrown.message.slice(0, 200)})` : /\bE[A-Z]{4,}\b/.exec(thrown.message)?.[0];
  return code === undefined ? thrown : Object.assign(new Error(thrown.message), { code });
};
