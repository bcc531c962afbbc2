import { afterAll, beforeAll, describe, expect } from 'vitest';
import { emailChannel } from '../../packages/gateway/src/drivers/channels/email/index.ts';
import { discordChannel } from '../../packages/gateway/src/drivers/channels/discord/index.ts';
import { ircChannel } from '../../packages/gateway/src/drivers/channels/irc/index.ts';
import { matrixChannel } from '../../packages/gateway/src/drivers/channels/matrix/index.ts';
import { slackChannel } from '../../packages/gateway/src/drivers/channels/slack/index.ts';
import { mqttChannel } from '../../packages/gateway/src/drivers/channels/mqtt/index.ts';
import { telegramChannel } from '../../packages/gateway/src/drivers/channels/telegram/index.ts';
import { whatsappChannel } from '../../packages/gateway/src/drivers/channels/whatsapp/index.ts';
import { ChannelFailure } from '../../packages/gateway/src/engine/ports/channel.ts';
import { needs } from '../support/debian.ts';
import { startIrcServer } from '../support/irc-server.ts';
import { type Post, startPost, startSmtpSink } from '../support/mail.ts';
import { startDiscordServer } from '../support/discord-server.ts';
import { startMatrixServer } from '../support/matrix-server.ts';
import { openMemoryChat } from '../support/memory-channel.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';
import { startMqttBroker } from '../support/mqtt-broker.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';
import { startWhatsappServer } from '../support/whatsapp-server.ts';
import { channelConformance, type ChannelService } from './channel.ts';

const telegramService = (server: TelegramServer, way: Readonly<Record<string, string>>): ChannelService => {
  const group = { id: -100_777, type: 'supergroup', title: 'Friends' };
  const ann = { id: 42, first_name: 'Ann', is_bot: false };
  const section = { botToken: server.token, apiUrl: server.url, ...way };
  return {
    driver: telegramChannel,
    section,
    refusedSection: { ...section, botToken: '999:not-a-token-that-is-known' },
    wrongSection: { ...section, botToken: 'nonsense' },
    secret: server.token,
    annId: '42',
    groupId: '-100777',
    address: { channel: 'telegram', to: '42' },
    says: (text) => String(server.says({ chat: server.person(42, 'Ann'), text })),
    saysInGroup: (text, { mention }) =>
      String(server.says({ chat: group, from: ann, text: mention ? `@ClawBot ${text}` : text, more: mention ? { entities: [{ type: 'mention', offset: 0, length: 8 }] } : {} })),
    texts: (to) => server.sent(Number(to)).map(({ text }) => text),
    refuses: () => server.befalls('sendMessage', { status: 403, description: 'Forbidden: bot was blocked by the user' }),
    limits: (seconds) => server.befalls('sendMessage', { status: 429, description: 'Too Many Requests', retryAfter: seconds }),
    losesAnswers: () => server.befalls('sendMessage', { cut: 'after' }),
    cut: () => {
      server.befalls('getUpdates', { cut: 'before' });
      server.wake();
    },
    untaken: () => server.unconfirmed(),
    files: {
      says: (text, file) => String(server.says({ chat: server.person(42, 'Ann'), more: { caption: text, document: server.has(file) } })),
      sent: (to) => server.sentFiles(Number(to)),
      withholds: () => server.befalls('getFile', { status: 400, description: 'Bad Request: wrong file_id or the file is temporarily unavailable' }),
      refuses: () => server.befalls('sendDocument', { status: 403, description: 'Forbidden: bot was blocked by the user' }),
      losesAnswers: () => server.befalls('sendDocument', { cut: 'after' }),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

describe('telegram', () => {
  channelConformance(async () => telegramService(await startTelegramServer(), {}));
});

describe('telegram, which comes to us', () => {
  channelConformance(async () => {
    const server = await startTelegramServer({ retryMs: 100 });
    return {
      ...telegramService(server, { webhookUrl: 'https://claw.example/channels/telegram', webhookSecret: 'a-secret_of-the-webhook-0123456789' }),
      reaches: (answer) =>
        server.comesTo(async (body, headers) => {
          const { outcome } = await answer({ method: 'POST', header: (name) => headers[name], parameter: () => undefined, body: Buffer.from(body) });
          return outcome === 'taken' ? 200 : 401;
        }),
    };
  }, ['connection']);
});

const slackService = (server: SlackServer, way: Readonly<Record<string, string>>): ChannelService => {
  const section = { botToken: server.botToken, apiUrl: server.url, ...way };
  return {
    driver: slackChannel, section,
    refusedSection: { ...section, botToken: 'xoxb-not-a-token-that-is-known' },
    wrongSection: { ...section, botToken: 'nonsense' },
    secret: server.botToken,
    annId: 'U0ANN',
    groupId: 'C0FRIENDS',
    address: { channel: 'slack', to: 'D0ANN' },
    says: (text) => server.says({ text }),
    saysInGroup: (text, { mention }) => server.says({ channel: 'C0FRIENDS', channel_type: 'channel', text: mention ? `<@${server.bot.user_id}> ${text}` : text }),
    texts: (to) => server.sent(to).map(({ text }) => text),
    refuses: () => server.befalls('chat.postMessage', { error: 'channel_not_found' }),
    limits: (seconds) => server.befalls('chat.postMessage', { status: 429, retryAfter: seconds }),
    losesAnswers: () => server.befalls('chat.postMessage', { cut: 'after' }),
    cut: () => server.cut(),
    untaken: () => server.untaken(),
    files: {
      says: (text, file) => server.says({ text, subtype: 'file_share', files: [server.files.has(file)] }),
      sent: (to) => server.files.sent.filter(({ channel }) => channel === to),
      withholds: () => void (server.files.withheld = true),
      refuses: () => server.befalls('files.completeUploadExternal', { error: 'not_in_channel' }),
      losesAnswers: () => server.befalls('files.completeUploadExternal', { cut: 'after' }),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

describe('slack', () => {
  channelConformance(async () => {
    const server = await startSlackServer({ retryMs: 300 });
    return slackService(server, { appToken: server.appToken });
  });
});

describe('slack, which comes to us', () => {
  channelConformance(async () => {
    const server = await startSlackServer({ retryMs: 100 });
    return {
      ...slackService(server, { signingSecret: server.signingSecret }),
      reaches: (answer) =>
        server.comesTo(async (body, headers) => {
          const { outcome } = await answer({ method: 'POST', header: (name) => headers[name], parameter: () => undefined, body: Buffer.from(body) });
          return outcome === 'taken' ? 200 : 401;
        }),
    };
  }, ['connection']);
});

describe('matrix', () => {
  channelConformance(async () => {
    const server = await startMatrixServer();
    const [dm, group, ann] = ['!dm:test', '!friends:test', '@ann:test'];
    server.room(dm, [ann, server.me]);
    server.room(group, [ann, '@bob:test', server.me]);
    return {
      driver: matrixChannel,
      section: { homeserver: server.url, accessToken: server.token },
      refusedSection: { homeserver: server.url, accessToken: 'syt_not_a_token_that_is_known' },
      wrongSection: { homeserver: 'example.org', accessToken: server.token },
      secret: server.token,
      annId: ann,
      groupId: group,
      address: { channel: 'matrix', to: dm },
      says: (text) => server.says(dm, ann, text),
      saysInGroup: (text, { mention }) => server.says(group, ann, { msgtype: 'm.text', body: text, 'm.mentions': mention ? { user_ids: [server.me] } : {} }),
      texts: (to) => server.sent(to).map(({ text }) => text),
      refuses: () => server.befalls('send', { status: 403, errcode: 'M_FORBIDDEN' }),
      limits: (seconds) => server.befalls('send', { status: 429, errcode: 'M_LIMIT_EXCEEDED', more: { retry_after_ms: seconds * 1_000 } }),
      losesAnswers: () => server.befalls('send', { cut: 'after' }),
      cut: () => {
        server.befalls('sync', { cut: 'before' });
        server.wake();
      },
      untaken: () => server.untaken(),
      files: {
        says: (text, file) => server.says(dm, ann, { msgtype: 'm.file', body: text, filename: file.name, url: server.has(file), info: { mimetype: file.type, size: file.content.length } }),
        sent: (to) => server.sentFiles(to),
        withholds: () => server.befalls('download', { status: 404, errcode: 'M_NOT_FOUND' }, { status: 404, errcode: 'M_NOT_FOUND' }),
        refuses: () => server.befalls('send', { status: 403, errcode: 'M_FORBIDDEN' }),
        losesAnswers: () => server.befalls('send', { cut: 'after' }),
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });
});

describe('discord', () => {
  channelConformance(async () => {
    const server = await startDiscordServer({ heartbeatMs: 150 });
    const friends = '600000000000000777';
    server.channel({ id: friends, type: 0, name: 'friends' });
    const refused = (status: number, body: unknown) => server.befalls('POST messages', { status, body });
    return {
      driver: discordChannel,
      section: { botToken: server.token, apiUrl: server.url },
      refusedSection: { botToken: 'OTk5OTk5OTk5OTk5OTk5OTk5.GOther.a-token-that-is-not-known-0123', apiUrl: server.url },
      wrongSection: { botToken: `Bot ${server.token}`, apiUrl: server.url },
      secret: server.token,
      annId: server.ann.id,
      groupId: friends,
      idsAlike: true,
      address: { channel: 'discord', to: server.direct },
      says: (content) => server.says({ content }),
      saysInGroup: (content, { mention }) => server.says({ channel_id: friends, channel_type: 0, guild_id: '1', content: mention ? `<@${server.bot.id}> ${content}` : content, mentions: mention ? [server.bot] : [] }),
      texts: (to) => server.sent(to).map(({ content }) => content),
      refuses: () => refused(403, { code: 50_007, message: 'Cannot send messages to this user' }),
      limits: (seconds) => refused(429, { message: 'You are being rate limited.', retry_after: seconds, global: false }),
      losesAnswers: () => server.befalls('POST messages', { cut: 'after' }),
      cut: () => server.cut(),
      untaken: () => server.untaken(),
      files: {
        says: (content, file) => server.says({ content, attachments: [server.keeps(file)] }),
        sent: (to) => server.sent(to).flatMap(({ file }) => file ?? []),
        withholds: () => void (server.handsOut = false),
        refuses: () => refused(403, { code: 50_007, message: 'Cannot send messages to this user' }),
        losesAnswers: () => server.befalls('POST messages', { cut: 'after' }),
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });
});

describe('irc', () => {
  channelConformance(async () => {
    const server = await startIrcServer({ accounts: { claw: 'a-password-of-irc' } });
    const section = { server: '127.0.0.1', port: server.port, tls: false, nick: 'ClawBot', join: ['#friends'] };
    const secret = 'a-password-of-irc';
    return {
      driver: ircChannel,
      section: { ...section, sasl: { account: 'claw', password: secret } },
      refusedSection: { ...section, sasl: { account: 'claw', password: 'another-password' } },
      wrongSection: { ...section, nick: 'two words' },
      secret, annId: 'ann', groupId: '#friends', address: { channel: 'irc', to: 'Ann' },
      says: (text) => server.says({ text, account: 'ann' }),
      saysInGroup: (text, { mention }) => server.says({ text: mention ? `clawbot: ${text}` : text, to: '#Friends', account: 'ann' }),
      texts: (to) => server.texts(to),
      refuses: () => server.befalls({ number: '401', says: 'No such nick/channel' }),
      limits: (seconds) => server.befalls({ number: '439', says: `Message target change too fast. Please wait ${seconds} seconds.` }),
      losesAnswers: () => server.befalls('cut'),
      cut: () => server.cut(),
      untaken: () => 0,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  }, ['memory']);
});

describe('mqtt', () => {
  const secret = 'a-password-of-mqtt';
  const none = (): never => expect.fail('MQTT has no such thing');
  channelConformance(async () => {
    const broker = await startMqttBroker({ username: 'claw', password: secret });
    const section = { url: `mqtt://127.0.0.1:${broker.port}`, clientId: 'openclaw-test', username: 'claw', password: secret, topics: { 'home/+/ask': { answerTo: 'home/{1}/answer', textPath: 'text', idPath: 'id' } } };
    let said = 0;
    return {
      driver: mqttChannel, section, secret,
      refusedSection: { ...section, password: 'another-password' },
      wrongSection: { ...section, clientId: 'two words' },
      annId: 'home/ann/ask', groupId: '', address: { channel: 'mqtt', to: 'home/ann/ask' },
      says: (text) => {
        broker.publishes('home/ann/ask', JSON.stringify({ text, id: ++said }));
        return String(said);
      },
      saysInGroup: none,
      texts: () => broker.published.filter(({ topic }) => topic === 'home/ann/answer').map(({ payload }) => payload),
      refuses: none,
      limits: none,
      losesAnswers: () => broker.losesAnswers(),
      cut: () => broker.cut(),
      untaken: () => broker.unacknowledged(),
      [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
    };
  }, ['groups', 'refusals', 'limits']);
});

describe('whatsapp', () => {
  channelConformance(async () => {
    const server = await startWhatsappServer();
    let withheld = false;
    return {
      driver: whatsappChannel,
      section: server.section,
      refusedSection: { ...server.section, accessToken: 'EAAJB_a_token_that_is_not_known' },
      wrongSection: { ...server.section, phoneNumberId: '+49 151' },
      secret: server.section.accessToken,
      annId: server.ann,
      groupId: 'there are none',
      address: { channel: 'whatsapp', to: server.ann },
      says: (text) => server.says({ text }),
      saysInGroup: () => expect.fail('it speaks in no groups'),
      texts: (to) => server.sent(to).map(({ text }) => text),
      refuses: () => server.befalls({ status: 400, code: 131_047, message: 'Re-engagement message' }),
      limits: () => expect.fail('it never says for how long'),
      losesAnswers: () => server.befalls({ cut: 'after' }),
      cut: () => expect.fail('there is nothing to cut'),
      untaken: () => server.untaken(),
      files: {
        says: (text, { name, type, ...file }) => server.says({ more: { type: 'document', document: { id: withheld ? '1' : server.has({ name, type, ...file }), filename: name, mime_type: type, caption: text } } }),
        sent: (to) => server.sentFiles(to),
        withholds: () => void (withheld = true),
        refuses: () => server.befalls({ status: 400, code: 131_047, message: 'Re-engagement message' }),
        losesAnswers: () => server.befalls({ cut: 'after' }),
      },
      reaches: (answer) =>
        server.comesTo(async (body, signature) => {
          const { outcome } = await answer({ method: 'POST', header: (name) => (name === 'x-hub-signature-256' ? signature : undefined), parameter: () => undefined, body: Buffer.from(body) });
          return outcome === 'taken' ? 200 : 401;
        }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  }, ['connection', 'groups', 'limits']);
});

const missing = await needs('dovecot-imapd', 'openssl');
describe.skipIf(missing)(`email${missing}`, () => {
  const secret = 'a-password-of-mail';
  const none = (): never => expect.fail('mail has no such thing');
  let post: Post;
  let count = 0;
  beforeAll(async () => {
    post = await startPost(secret);
  });
  afterAll(() => post[Symbol.asyncDispose]());

  channelConformance(async () => {
    const user = `agent${++count}`;
    const box = await post.mailbox(user);
    const sink = await startSmtpSink(post);
    const server = (port: number) => ({ host: 'localhost', port });
    const section = { address: 'agent@example.org', username: user, password: secret, imap: server(box.port), smtp: server(sink.port), caFile: post.caFile, authservId: 'mx.example.org' };
    let said = 0;
    const gets = async (rest: string): Promise<string> => {
      const id = `<${++said}@example.com>`;
      await box.gets(`Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\r\nFrom: Ann <ann@example.com>\r\nTo: agent@example.org\r\nMessage-ID: ${id}\r\n${rest}`);
      return id;
    };
    return {
      driver: emailChannel, section, secret,
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
  }, ['groups', 'limits']);
});

describe('memory', () => {
  channelConformance(async () => {
    const chat = openMemoryChat();
    const driver = await chat.drivers['memory']?.();
    if (!driver) throw new Error('no driver');
    let withheld = false;
    return {
      driver, section: {}, refusedSection: { password: 'wrong' }, wrongSection: { longestText: 'many' }, secret: 'there-is-none', annId: 'ann', groupId: '#friends', address: { channel: 'memory', to: 'ann' },
      says: (text) => chat.says({ text }),
      saysInGroup: (text, { mention }) => chat.says({ text, mentionsMe: mention, conversation: { id: '#friends', kind: 'group' } }),
      texts: (to) => chat.texts(to),
      refuses: () => chat.befalls(new ChannelFailure('permanent', 'no')),
      limits: (seconds) => chat.befalls(new ChannelFailure('passing', 'slowly', { retryAfterMs: seconds * 1_000 })),
      losesAnswers: () => chat.befalls('lost answer'),
      cut: () => chat.cut(),
      untaken: () => chat.waiting(),
      files: {
        says: (text, { name, type, content }) => {
          const fetch = async (most: number): Promise<Uint8Array> => {
            if (withheld || content.length > most) throw new ChannelFailure('permanent', withheld ? 'it is gone' : 'it is too long');
            return content;
          };
          return chat.says({ text, attachments: [{ kind: 'file', name, type, bytes: content.length, fetch }] });
        },
        sent: (to) => chat.files(to),
        withholds: () => void (withheld = true),
        refuses: () => chat.befalls(new ChannelFailure('permanent', 'no')),
        losesAnswers: () => chat.befalls('lost answer'),
      },
      [Symbol.asyncDispose]: async () => chat.close(),
    };
  });
});
