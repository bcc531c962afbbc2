import { expect, test } from 'vitest';
import { discordChannel } from '../../packages/gateway/src/drivers/channels/discord/index.ts';
import { multipart } from '../../packages/gateway/src/drivers/channels/kit/ask.ts';
import { slackChannel } from '../../packages/gateway/src/drivers/channels/slack/index.ts';
import { telegramChannel } from '../../packages/gateway/src/drivers/channels/telegram/index.ts';
import { whatsappChannel } from '../../packages/gateway/src/drivers/channels/whatsapp/index.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import type { ChannelDriver } from '../../packages/gateway/src/engine/ports/channel.ts';
import { startDiscordServer } from '../support/discord-server.ts';
import { openAdapter } from '../support/open-adapter.ts';
import { startSlackServer } from '../support/slack-server.ts';
import { startTelegramServer } from '../support/telegram-server.ts';
import { startWhatsappServer } from '../support/whatsapp-server.ts';

const NAME = 'Grüße „Ω“ 招聘启事 😀 e\u0301.pdf';
const FILE = { name: NAME, type: 'application/pdf', content: Buffer.from('what is in it') };

/** What an adapter puts on the wire for a file, byte by byte. */
const wireOf = async (driver: ChannelDriver, section: Readonly<Record<string, unknown>>, to: string, file = FILE): Promise<readonly Buffer[]> => {
  const http = openHttpClient();
  const bodies: Buffer[] = [];
  const recording: typeof http.request = (url, asked) => {
    bodies.push(Buffer.from(asked.body ?? ''));
    return http.request(url, asked);
  };
  await using opened = await openAdapter(driver, section, { ...http, request: recording });
  await opened.adapter.sendFile?.({ ...file, address: { channel: driver.name, to } });
  await http.close();
  return bodies;
};

const headerOf = (bodies: readonly Buffer[]): Buffer => {
  const body = bodies.find((one) => one.includes('; filename')) ?? Buffer.alloc(0);
  const at = body.indexOf('; filename');
  return body.subarray(at + 2, body.indexOf('\r\n', at));
};

/** RFC 7578, 4.2: the name as it is, in UTF-8, and no second form of it (`filename*`), which services do not read. */
const asItIs = (name: string): Buffer => Buffer.concat([Buffer.from('filename="'), Buffer.from(name, 'utf8'), Buffer.from('"')]);

test('Telegram, WhatsApp and Discord get a name that is not of ASCII as its bytes', async () => {
  await using telegram = await startTelegramServer();
  await using whatsapp = await startWhatsappServer();
  await using discord = await startDiscordServer();
  expect(headerOf(await wireOf(telegramChannel, { botToken: telegram.token, apiUrl: telegram.url }, '42'))).toEqual(asItIs(NAME));
  expect(headerOf(await wireOf(whatsappChannel, whatsapp.section, whatsapp.ann))).toEqual(asItIs(NAME));
  expect(headerOf(await wireOf(discordChannel, { botToken: discord.token, apiUrl: discord.url }, discord.direct))).toEqual(asItIs(NAME));
  expect([telegram.sentFiles(), whatsapp.sentFiles(), discord.sent().map(({ file }) => file)].map(([sent]) => sent?.name)).toEqual([NAME, NAME, NAME]);
});

test('Slack gets it in a field of a form, and shows it', async () => {
  await using slack = await startSlackServer();
  const bodies = await wireOf(slackChannel, { botToken: slack.botToken, signingSecret: slack.signingSecret, apiUrl: slack.url }, 'C0FRIENDS');
  expect(bodies.map(String).find((body) => body.startsWith('filename='))).toBe('filename=Gr%C3%BC%C3%9Fe+%E2%80%9E%CE%A9%E2%80%9C+%E6%8B%9B%E8%81%98%E5%90%AF%E4%BA%8B+%F0%9F%98%80+e%CC%81.pdf&length=13');
  expect(slack.files.sent.map(({ name }) => name)).toEqual([NAME]);
});

test('Telegram undoes escapes that are none: what looks like one is escaped', async () => {
  await using telegram = await startTelegramServer();
  const section = { botToken: telegram.token, apiUrl: telegram.url };
  const names = ['a; b=c.pdf', 'the "best".pdf', '100%25 of a%20b.pdf', 'C:\\new\\'];
  for (const name of names) await wireOf(telegramChannel, section, '42', { ...FILE, name });
  expect(telegram.sentFiles().map(({ name }) => name)).toEqual(names);
});

test('no name is more than a name', async () => {
  const { body } = await multipart({}, { file: { ...FILE, name: 'x"\r\nContent-Type: text/html\r\n\r\n<b>' } });
  const wire = Buffer.from(body).toString();
  expect(wire.split('\r\n\r\n')).toHaveLength(2);
  expect(wire).toContain('filename="x%22%0D%0AContent-Type: text/html%0D%0A%0D%0A<b>"');
});
