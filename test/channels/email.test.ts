import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { channelStatus, getStatus, listSends, listSessions } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAuthenticated } from '../../packages/gateway/src/drivers/channels/email/authenticated.ts';
import { byProgram } from '../../packages/gateway/src/drivers/channels/email/by-program.ts';
import { cutQuote } from '../../packages/gateway/src/drivers/channels/email/cut-quote.ts';
import { htmlText } from '../../packages/gateway/src/drivers/channels/email/html-text.ts';
import { emailChannel } from '../../packages/gateway/src/drivers/channels/email/index.ts';
import { readMail } from '../../packages/gateway/src/drivers/channels/email/read-mail.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { needs } from '../support/debian.ts';
import { startGateway, type TestGatewayOptions } from '../support/gateway.ts';
import { type Mailbox, type Post, type SmtpSink, startPost, startSmtpSink } from '../support/mail.ts';

const http = openHttpClient();
const soon = { timeout: 15_000, interval: 30 };
const PASSWORD = 'a-password-of-mail';
const VOUCHED = 'Authentication-Results: mx.example.org; dmarc=pass header.from=example.com';
const mail = (headers: readonly string[], body: string): string => `${headers.join('\r\n')}\r\n\r\n${body.replaceAll('\n', '\r\n')}\r\n`;
const from = (more: readonly string[], body = 'Hello'): string => mail(['Return-Path: <ann@example.com>', VOUCHED, 'From: Ann Lee <Ann@Example.com>', 'To: agent@example.org', ...more], body);

const missing = await needs('dovecot-imapd', 'openssl');
describe.skipIf(missing)(`mailboxes of dovecot${missing}`, () => {
  let post: Post;
  let count = 0;
  beforeAll(async () => {
    post = await startPost(PASSWORD);
  });
  afterAll(() => post[Symbol.asyncDispose]());

  const sectionOf = (user: string, box: Mailbox, sink: SmtpSink) => ({
    address: 'agent@example.org', name: 'Claw', username: user, password: PASSWORD, imap: { host: 'localhost', port: box.port }, smtp: { host: 'localhost', port: sink.port }, caFile: post.caFile, authservId: 'mx.example.org',
  });
  const scene = async (over: Readonly<Record<string, unknown>> = {}, script: TestGatewayOptions['script'] = ({ messages }) => ({ text: `You said: ${messages.at(-1)?.text}` })) => {
    const user = `user${++count}`;
    const box = await post.mailbox(user);
    const sink = await startSmtpSink(post);
    const gateway = await startGateway({ script, config: { channels: { email: { ...sectionOf(user, box, sink), allowFrom: ['ann@example.com'], ...over } } } });
    await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels['email'], soon).toBe('connected');
    const refused = async () => Object.fromEntries((await gateway.client.call(channelStatus, { channel: 'email' })).refused.map(({ reason, count: times }) => [reason, times]));
    return { box, sink, gateway, refused, [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await box[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    } };
  };

  test('a mail is answered in its thread, as mails are answered, and is read when it is stored', async () => {
    await using at = await scene();
    await at.box.gets(from(['Subject: The =?utf-8?q?T=C3=BCr?=', 'Message-ID: <1@example.com>'], 'Is it shut?\n\n-- \nAnn Lee\nHead of Doors'));
    await expect.poll(() => at.sink.mails.length, soon).toBe(1);
    expect(at.sink.mails[0]).toMatchObject({ from: 'agent@example.org', to: 'ann@example.com', text: 'You said: The Tür\n\nIs it shut?' });
    const { headers } = at.sink.mails[0] ?? expect.fail();
    const first = headers.get('message-id') ?? '';
    expect(Object.fromEntries(headers)).toMatchObject({
      from: 'Claw <agent@example.org>', to: 'ann@example.com', subject: '=?UTF-8?Q?Re=3A_The_T=C3=BCr?=', 'in-reply-to': '<1@example.com>', references: '<1@example.com>', 'auto-submitted': 'auto-replied', 'x-openclaw-agent': 'agent@example.org',
      'message-id': expect.stringMatching(/^<[\da-f]{32}@example\.org>$/),
    });
    await expect.poll(() => at.box.unread(), soon).toBe(0);

    await at.box.gets(from(['Subject: AW: Re: The =?utf-8?q?T=C3=BCr?=', 'Message-ID: <2@example.com>', `In-Reply-To: ${first}`, `References: <1@example.com> ${first}`], 'And now?\n\nOn Mon, 1 Jan 2029, Claw <agent@example.org> wrote:\n> You said: The Tür\n> Is it shut?'));
    await expect.poll(() => at.sink.mails.length, soon).toBe(2);
    expect(at.sink.mails[1]?.text).toBe('You said: And now?');
    expect(at.sink.mails[1]?.headers.get('references')).toBe('<1@example.com> <2@example.com>');
    await at.box.gets(from(['Subject: Something else', 'Message-ID: <3@example.com>'], 'New'));
    await expect.poll(() => at.sink.mails.length, soon).toBe(3);
    expect((await at.gateway.client.call(listSessions, {})).sessions).toHaveLength(2);
  }, 60_000);

  test('a From line alone lets nobody in, and is sent no code; who is vouched for and unknown is', async () => {
    await using at = await scene();
    const forged = (results: readonly string[], id: string) => mail([...results, 'From: Ann <ann@example.com>', `Message-ID: <${id}@x>`], 'It is me');
    await at.box.gets(forged([], 'a'));
    await at.box.gets(forged(['Authentication-Results: mx.evil.example; dmarc=pass header.from=example.com'], 'b'));
    await at.box.gets(forged(['Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=evil.example; dmarc=fail header.from=example.com', VOUCHED], 'c'));
    await expect.poll(at.refused, soon).toEqual({ sender_unproven: 3 });
    // The name of a mail that was forged is still free for the true one.
    await at.box.gets(from(['Message-ID: <a@x>'], 'The true one'));
    await at.box.gets(mail(['Authentication-Results: mx.example.org; dmarc=pass header.from=example.net', 'From: bob@example.net', 'Message-ID: <d@x>'], 'Hello?'));
    await expect.poll(() => at.sink.mails.map(({ to }) => to).toSorted(), soon).toEqual(['ann@example.com', 'bob@example.net']);
    expect(at.sink.mails.find(({ to }) => to === 'bob@example.net')?.text).toMatch(/openclaw channels pair approve/);
    await expect.poll(() => at.box.unread(), soon).toBe(0);
  }, 60_000);

  test('what a program wrote is read and not answered, however it is let in; what cannot be read stops nothing', async () => {
    await using at = await scene({ dmPolicy: 'open' });
    for (const more of ['Auto-Submitted: auto-replied', 'Precedence: bulk', 'List-Id: <x.y>', 'X-OpenClaw-Agent: other@example.com', 'Content-Type: multipart/report; boundary=x']) await at.box.gets(from([more]));
    await at.box.gets(from(['From: second@example.com']));
    await at.box.gets('no mail at all');
    await at.box.gets(`From: ann@example.com\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n'.repeat(2_000)}`);
    await at.box.gets(from(['Message-ID: <last@x>', 'Subject: Re: '], 'written by somebody'));
    await expect.poll(() => at.sink.mails.map(({ text }) => text).filter((text) => text.includes('somebody')), soon).toEqual(['You said: written by somebody']);
    await expect.poll(() => at.box.unread(), soon).toBe(0);
    expect(at.sink.mails.filter(({ text }) => text.includes('Hello'))).toEqual([]);
    expect(at.gateway.logged.filter(({ message }) => message === 'a mail is not answered').map(({ fields }) => fields['reason'])).toEqual(expect.arrayContaining(['automatic', 'bulk', 'a mailing list', 'by an agent', 'a report', 'without one sender']));
    expect(at.gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
  }, 60_000);

  test('two copies of a mail are answered once; what was done goes where the owner says', async () => {
    await using at = await scene({ moveTo: 'Done' });
    for (const copy of [1, 2]) await at.box.gets(from(['Message-ID: <1@example.com>', `X-Copy: ${copy}`]));
    await expect.poll(() => at.box.countIn('Done'), soon).toBe(2);
    await expect.poll(() => at.sink.mails.length, soon).toBe(1);
    await sleep(300);
    expect(at.sink.mails).toHaveLength(1);
  }, 40_000);

  test('what the server does not take now is sent again later, as the same mail; so is what nobody knows of', async () => {
    await using at = await scene();
    at.sink.befalls({ at: 'DATA', says: '451 4.7.1 greylisted' }, 'cut');
    await at.box.gets(from(['Message-ID: <1@example.com>']));
    await expect.poll(async () => (await at.gateway.client.call(listSends, {})).sends, { timeout: 30_000 }).toMatchObject([{ state: 'sent', attempts: 3, doubts: 1 }]);
    expect(at.sink.mails).toHaveLength(2);
    expect(new Set(at.sink.mails.map(({ headers }) => headers.get('message-id'))).size).toBe(1);
    at.sink.befalls({ at: 'AUTH', says: `535 5.7.8 no: ${PASSWORD}` });
    await at.gateway.request('/api/native/channels.send', { json: { channel: 'email', to: 'ann@example.com', text: 'Good morning\nIt is late.' } });
    await expect.poll(async () => (await at.gateway.client.call(listSends, {})).sends.find(({ turnId }) => turnId === null), soon).toMatchObject({ state: 'failed', error: expect.stringContaining('535') });
    await at.gateway.request('/api/native/channels.send', { json: { channel: 'email', to: 'ann@example.com', text: 'Good morning\nIt is late.' } });
    await expect.poll(() => at.sink.mails.at(-1)?.headers.get('subject'), soon).toBe('Good morning');
    expect(at.sink.mails.at(-1)?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(JSON.stringify([at.gateway.logged, await (await at.gateway.request('/api/native/channels.sends', { json: {} })).json(), await (await at.gateway.request('/api/native/config.get', { json: {} })).json()])).not.toContain(PASSWORD);
  }, 60_000);

  test('what is not stored stays unread', async () => {
    const user = `user${++count}`;
    await using box = await post.mailbox(user);
    await using sink = await startSmtpSink(post);
    let tried = 0;
    const adapter = emailChannel.open(sectionOf(user, box, sink), { http, log: silent });
    const received = async (): Promise<never> => {
      tried++;
      throw new Error('the store is away');
    };
    await adapter.connect({ received, invited: () => false, connected: () => {}, disconnected: () => {} });
    await box.gets(from(['Message-ID: <1@example.com>']));
    await expect.poll(() => tried, soon).toBeGreaterThan(1);
    expect(box.unread()).toBe(1);
    await adapter.disconnect();
    await sleep(200);
    expect(box.unread()).toBe(1);
  }, 40_000);

  test('a certificate that nobody vouches for is not accepted, and no password goes out in the open where TLS is asked for', async () => {
    const user = `user${++count}`;
    await using box = await post.mailbox(user);
    await using sink = await startSmtpSink(post);
    await using open = await startSmtpSink({ password: PASSWORD });
    const heard: string[] = [];
    const plain = createServer((socket) => {
      socket.on('error', () => {}).write('* OK [CAPABILITY IMAP4rev1] ready\r\n');
      socket.setEncoding('utf8').on('data', (line: string) => {
        heard.push(line);
        const tag = line.split(' ')[0] ?? '';
        socket.write(line.includes('CAPABILITY') ? `* CAPABILITY IMAP4rev1\r\n${tag} OK done\r\n` : `${tag} BAD what\r\n`);
      });
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const address = plain.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const section = sectionOf(user, box, sink);
    const context = { received: async () => {}, invited: () => false, connected: () => {}, disconnected: () => {} };
    const attempt = (over: object) => emailChannel.open({ ...section, ...over }, { http, log: silent });
    await expect(attempt({ caFile: undefined }).connect(context)).rejects.toMatchObject({ kind: 'permanent' });
    await expect(attempt({ mailbox: 'Nowhere' }).connect(context)).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('Nowhere') });
    await expect(attempt({ imap: { host: '127.0.0.1', port, security: 'starttls' } }).connect(context)).rejects.toThrow();
    expect(heard.join('')).not.toMatch(/LOGIN|AUTHENTICATE/i);
    plain.close();
    const adapter = attempt({ smtp: { host: '127.0.0.1', port: open.port, security: 'starttls' } });
    await adapter.connect(context);
    await expect(adapter.send({ address: { channel: 'email', to: 'ann@example.com' }, text: 'x' })).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('STARTTLS') });
    expect(open.commands.join('\n')).not.toMatch(/AUTH /);
    await adapter.disconnect();
    const strange = attempt({ smtp: { host: '127.0.0.1', port: sink.port } });
    await strange.connect(context);
    await expect(strange.send({ address: { channel: 'email', to: 'ann@example.com' }, text: 'x' })).rejects.toMatchObject({ kind: 'permanent' });
    for (const to of ['ann@example.com, bob@example.com', 'Ann <ann@example.com>', 'ann', 'a@b\r\nRCPT TO:<c@d>']) await expect(strange.send({ address: { channel: 'email', to }, text: 'x' })).rejects.toMatchObject({ kind: 'permanent' });
    expect(sink.mails).toEqual([]);
    await strange.disconnect();
  }, 40_000);
});

const results = (...values: readonly string[]) => values.map((value) => ({ key: 'authentication-results', originalKey: 'Authentication-Results', value }));
test.each<[string, boolean, readonly string[]]>([
  ['DMARC', true, ['mx.example.org; dmarc=pass (p=NONE sp=NONE) header.from=example.com']],
  ['as Google words it', true, ['mx.example.org; dkim=pass header.i=@example.com header.s=20 header.b=ab/c=; spf=pass (mx: domain of ann@example.com designates 1.2.3.4) smtp.mailfrom=ann@example.com; dmarc=pass (p=REJECT) header.from=example.com']],
  ['DKIM of the domain', true, ['mx.example.org 1; dkim=pass header.d=Example.com']],
  ['DKIM of the domain above', true, ['mx.example.org; dkim=pass header.d=com; dkim=pass header.d=example.com']],
  ['SPF of the domain', true, ['MX.example.ORG; spf=pass smtp.mailfrom=bounce@example.com']],
  ['another server', false, ['mx.example.net; dmarc=pass header.from=example.com']],
  ['a server that is called similarly', false, ['mx.example.org.evil.example; dmarc=pass header.from=example.com']],
  ['the topmost counts', false, ['mx.example.org; spf=none smtp.mailfrom=x', 'mx.example.org; dmarc=pass header.from=example.com']],
  ['DMARC that failed outweighs the rest', false, ['mx.example.org; spf=pass smtp.mailfrom=example.com; dmarc=fail header.from=example.com']],
  ['somebody else\'s SPF', false, ['mx.example.org; spf=pass smtp.mailfrom=ann@evil.example']],
  ['somebody else\'s DKIM', false, ['mx.example.org; dkim=pass header.d=notexample.com header.i=@example.com.evil.example']],
  ['a domain above all', false, ['mx.example.org; dkim=pass header.d=com']],
  ['what is below does not speak for what is above', false, ['mx.example.org; dkim=pass header.d=mail.example.com']],
  ['in a comment', false, ['mx.example.org; spf=none (; dmarc=pass header.from=example.com)']],
  ['in a comment of comments', false, ['mx.example.org; spf=none (a (b) \\) ; dmarc=pass header.from=example.com)']],
  ['in quotes', false, ['mx.example.org; spf=fail reason="; dmarc=pass header.from=example.com"']],
  ['said twice', false, ['mx.example.org; dmarc=pass header.from=evil.example header.from=example.com']],
  ['not quite', false, ['mx.example.org; dmarc=passed header.from=example.com', 'mx.example.org; dmarc=pass']],
  ['nothing', false, ['mx.example.org; none', '']],
  ['no header', false, []],
])('vouched for: %s', (_, is, values) => {
  expect(isAuthenticated(results(...values), 'mx.example.org', 'ann@example.com')).toBe(is);
});

const header = (key: string, value: string) => ({ key: key.toLowerCase(), originalKey: key, value });
test.each<[string, string, string | undefined]>([
  ['Auto-Submitted', 'auto-generated', 'automatic'], ['Auto-Submitted', 'no', undefined], ['Precedence', 'List', 'bulk'], ['Precedence', 'first-class', undefined], ['List-Unsubscribe', '<x>', 'a mailing list'],
  ['Return-Path', '<>', 'a report'], ['Return-Path', '<ann@example.com>', undefined], ['X-Autoreply', 'yes', 'automatic'], ['X-OpenClaw-Agent', 'a@b', 'by an agent'], ['Content-Type', 'multipart/report; report-type=delivery-status', 'a report'],
])('written by a program: %s: %s', (name, value, reason) => {
  expect(byProgram([header(name, value)], 'ann@example.com', 'agent@example.org')).toBe(reason);
});
test.each([['MAILER-DAEMON@x', true], ['noreply@x', true], ['no-reply+1@x', true], ['agent@Example.org', true], ['norepl@x', false], ['ann@postmaster', false]])('written from %s', (address, is) => {
  expect(byProgram([], address, 'agent@example.org') !== undefined).toBe(is);
});

test.each<[string, string, string]>([
  ['nothing to cut', 'One\n\nTwo', 'One\n\nTwo'],
  ['a quote below', 'Yes.\n\nOn Mon, Jan 1, 2029 at 9:00, Ann <a@b> wrote:\n\n> No?\n>> Yes!\n', 'Yes.'],
  ['two lines of whose it is', 'Yes.\n\nAm Montag, 1. Januar 2029 schrieb Ann Lee aus dem\nHause <a@b>:\n> No?', 'Yes.'],
  ['answers in between', '> One?\nYes.\n> Two?\nNo.', '> One?\nYes.\n> Two?\nNo.'],
  ['answers in between, and a rest', '> One?\nYes.\n> Two?', '> One?\nYes.'],
  ['nothing but a quote', '> One?', '> One?'],
  ['as Outlook does it', 'Yes.\n\nVon: Ann <a@b>\nGesendet: Montag\nAn: Bob\nBetreff: X\n\nNo?', 'Yes.'],
  ['with a rule', 'Yes.\n\n-----Original Message-----\nFrom: Ann\nSent: Monday\n\nNo?', 'Yes.'],
  ['a signature', 'Yes.\n-- \nAnn\n', 'Yes.'],
  ['words that only look like it', 'From: here to there\nIt is far:\n- 10 km', 'From: here to there\nIt is far:\n- 10 km'],
  ['a sentence before the quote', 'I said this:\n> No', 'I said this:'],
])('cut: %s', (_, text, expected) => {
  expect(cutQuote(text)).toBe(expected);
});

test.each<[string, string, string]>([
  ['words', '<html><head><title>T</title><style>p{}</style></head><body><p>Gr&uuml;&szlig;e&nbsp;&amp; <b>more</b><br>next&#8230;&#x1F99E;</p></body></html>', 'Grüße & more\nnext…🦞'],
  ['a quote', '<div>Yes</div><div class="gmail_quote">On … wrote: <blockquote>No</blockquote></div>', 'Yes'],
  ['nothing but a quote', '<div class="gmail_quote">No</div>', 'No'],
  ['what is not seen', 'a<script>if (1 < 2) x()</script>b<!-- c <b>d</b> -->e<style><b>', 'abe'],
  ['a list', '<ul><li>one</li><li>two</li></ul>', '* one\n* two'],
  ['not quite a tag', '1 < 2 &unknown; &#0; &#xD800;', '1 < 2 &unknown; \uFFFD'],
])('HTML: %s', (_, html, expected) => {
  expect(htmlText(html).replaceAll(/ +/g, ' ')).toBe(expected.replaceAll(/ +/g, ' '));
});

test('HTML made to be slow is not', () => {
  const begun = performance.now();
  for (const piece of ['<', '<script', '<!--', '<a href="', '&#x', '<div class="']) htmlText(piece.repeat(Math.floor(1_000_000 / piece.length)));
  for (const piece of ['>\n', 'On 1:\n', 'From:\n', '-- \n', '\n']) cutQuote(piece.repeat(Math.floor(1_000_000 / piece.length)));
  expect(performance.now() - begun).toBeLessThan(10_000);
});

const settings = { address: 'agent@example.org', authservId: 'mx.example.org' };
const readOne = async (source: string) => readMail({ source: Buffer.from(source), isWhole: true, at: 7, name: '1.2' }, settings);
test.each<[string, string, object]>([
  ['who is vouched for', from(['Message-ID: <1@x>', 'Subject: Hi']), { message: { id: '<1@x>', at: 7, conversation: { id: 'ann@example.com', kind: 'direct' }, sender: { id: 'ann@example.com', name: 'Ann Lee' }, thread: '<1@x> Hi', text: 'Hi\n\nHello' } }],
  ['who is not', mail(['From: ann@example.com', 'Message-ID: <1@x>'], 'x'), { message: { id: '1.2', sender: { id: 'ann@example.com', claimed: true } } }],
  ['without a name of the mail', from([]), { message: { id: '1.2', thread: undefined } }],
  ['a name that is another address', mail([VOUCHED, 'From: "ann@example.com" <eve@example.com>'], 'x'), { message: { sender: { id: 'eve@example.com' } } }],
  ['two in one line', mail([VOUCHED, 'From: ann@example.com, eve@evil.example'], 'x'), { skipped: 'without one sender' }],
  ['two in another way', mail([VOUCHED, 'From: ann@example.com <eve@evil.example>'], 'x'), { skipped: 'without one sender' }],
  ['a group', mail([VOUCHED, 'From: Friends: ann@example.com;'], 'x'), { skipped: 'without one sender' }],
  ['nobody', mail(['Subject: x'], 'x'), { skipped: 'without one sender' }],
  ['only HTML', from(['Content-Type: text/html; charset=utf-8'], '<p>Hi <i>there</i></p>'), { message: { text: 'Hi there' } }],
  ['an attachment', from(['Content-Type: multipart/mixed; boundary=x'], '--x\nContent-Type: text/plain\n\nLook\n--x\nContent-Type: image/png; name=a.png\nContent-Disposition: attachment; filename=a.png\nContent-Transfer-Encoding: base64\n\nAAAA\n--x--'), { message: { text: 'Look', attachments: [{ kind: 'image', name: 'a.png', type: 'image/png', bytes: 3 }] } }],
])('a mail: %s', async (_, source, expected) => {
  expect(await readOne(source)).toMatchObject(expected);
});

test('what is attached is handed out where the mail could be read whole, and is not longer than asked for', async () => {
  const source = Buffer.from(from(['Content-Type: multipart/mixed; boundary=x'], '--x\nContent-Type: text/plain\n\nLook\n--x\nContent-Type: image/png\nContent-Disposition: attachment; filename=a.png\nContent-Transfer-Encoding: base64\n\nAAAA\n--x--'));
  const bring = async (isWhole: boolean, most: number) => {
    const mailed = await readMail({ source, isWhole, at: 7, name: '1.2' }, settings);
    return 'message' in mailed ? mailed.message.attachments[0]?.fetch?.(most, new AbortController().signal) : undefined;
  };
  expect([...((await bring(true, 3)) ?? [])]).toEqual([0, 0, 0]);
  await expect(bring(true, 2)).rejects.toMatchObject({ kind: 'permanent' });
  await expect(bring(false, 3)).rejects.toMatchObject({ kind: 'permanent', message: 'the mail is too long to be read whole' });
});
