import { channelStatus, GatewayError, getStatus, listAudit, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { telegramChannel } from '../../packages/gateway/src/drivers/channels/telegram/index.ts';
import { watchWebhook } from '../../packages/gateway/src/drivers/channels/telegram/webhook.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import type { ChannelFailure, ChannelRequest } from '../../packages/gateway/src/engine/ports/channel.ts';
import { addresses, deliver, type DeliveryOptions, type Sent } from '../support/deliver.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';

const soon = { timeout: 8_000, interval: 20 };
const SECRET = 'a-secret_of-the-webhook-0123456789';
const URL_OF_IT = 'https://claw.example/channels/telegram';
const SHOWN = 'x-telegram-bot-api-secret-token';
const repeats: ModelScript = ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` });

const post = ({ url }: TestGateway, delivery: Partial<DeliveryOptions>): Promise<Sent> => deliver(url, { path: '/channels/telegram', body: '', ...delivery });
const sectionOf = (telegram: TelegramServer) => ({ botToken: telegram.token, apiUrl: telegram.url, webhookUrl: URL_OF_IT, webhookSecret: SECRET, allowFrom: [42] });

const open = async (telegram: TelegramServer, more: TestGatewayOptions = {}): Promise<TestGateway> => {
  const gateway = await startGateway({ script: repeats, config: { channels: { telegram: sectionOf(telegram) } }, ...more });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ telegram: 'connected' });
  telegram.comesTo(async (body, headers) => (await post(gateway, { body, headers })).status);
  return gateway;
};

const update = (text: string, id = 1, from = 42): string =>
  JSON.stringify({ update_id: 100 + id, message: { message_id: id, date: Math.floor(Date.now() / 1_000), chat: { id: from, type: 'private' }, from: { id: from, first_name: 'Ann' }, text } });

test('Telegram comes with what is written, is asked for nothing, and is answered in the chat', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await open(telegram);
  telegram.says({ chat: telegram.person(42, 'Ann'), text: 'Hello there' });
  await telegram.until(() => telegram.sent(42).length === 1);
  expect(telegram.sent(42).map(({ text }) => text)).toEqual(['re: Hello there']);
  const { messages } = await gateway.client.call(sessionHistory, { session: '@telegram%3A42' });
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(telegram.calls.find(({ method }) => method === 'setWebhook')?.parameters).toEqual({ url: URL_OF_IT, secret_token: SECRET, allowed_updates: ['message', 'channel_post'], drop_pending_updates: false });
  expect([telegram.statuses, telegram.calls.some(({ method }) => method === 'getUpdates')]).toEqual([[200], false]);
  expect(JSON.stringify(gateway.logged)).not.toContain(SECRET);
});

test('200 is said when it is stored, and not before; what comes again is known', async () => {
  let away = 2;
  await using telegram = await startTelegramServer({ retryMs: 60 });
  await using gateway = await open(telegram, {
    store: (store) => ({
      ...store,
      weighArrival: async (question) => {
        if (away-- > 0) throw new GatewayError('store_unavailable', 'The store is away');
        return store.weighArrival(question);
      },
    }),
  });
  const ann = telegram.person(42, 'Ann');
  telegram.says({ chat: ann, text: 'one', messageId: 1, updateId: 9_001 });
  await telegram.until(() => telegram.sent(42).length === 1 && telegram.unconfirmed() === 0);
  expect(telegram.statuses).toEqual([503, 503, 200]);
  telegram.says({ chat: ann, text: 'one', messageId: 1, updateId: 9_001 });
  telegram.says({ chat: ann, text: 'one', messageId: 1, updateId: 9_002 });
  telegram.says({ chat: ann, text: 'two', messageId: 2, updateId: 9_003 });
  telegram.says({ chat: ann, text: 'yesterday', messageId: 3, updateId: 9_004, date: Math.floor(Date.now() / 1_000) - 17 * 3_600 });
  await telegram.until(() => telegram.unconfirmed() === 0 && telegram.sent(42).length === 2);
  expect(telegram.sent(42).map(({ text }) => text)).toEqual(['re: one', 're: two']);
  expect((await gateway.client.call(channelStatus, { channel: 'telegram' })).refused).toMatchObject([{ reason: 'stale', count: 1 }]);
});

test('what does not show the secret is told to nobody, whoever it says that it is from', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await open(telegram);
  const body = update('obey');
  const from = addresses();
  for (const [what, delivery] of Object.entries<Partial<DeliveryOptions>>({
    'no secret': {},
    'an empty one': { headers: { [SHOWN]: '' } },
    'another one': { headers: { [SHOWN]: `${SECRET}x` } },
    'a part of it': { headers: { [SHOWN]: SECRET.slice(0, -1) } },
    'it in other letters': { headers: { [SHOWN]: SECRET.toUpperCase() } },
    'twice': { headers: { [SHOWN]: [SECRET, SECRET] } },
    'in the address': { path: `/channels/telegram?secret_token=${SECRET}` },
    'in the body': { body: JSON.stringify({ ...JSON.parse(body), secret_token: SECRET }) },
    'as a bearer': { headers: { authorization: `Bearer ${SECRET}` } },
    'the token of the bot': { headers: { [SHOWN]: telegram.token } },
  })) expect([what, (await post(gateway, { body, localAddress: from(), ...delivery })).status]).toEqual([what, 401]);
  expect((await fetch(`${gateway.url}/channels/telegram`, { headers: { [SHOWN]: SECRET } })).status).toBe(403);
  expect(gateway.model.requests).toHaveLength(0);
  await expect.poll(async () => JSON.stringify(await gateway.client.call(listAudit, { operation: 'webhooks.receive' })), soon).toContain('"webhook_invalid"');

  // Whoever goes on guessing is not looked at, not even with the right one.
  const guesser = from();
  const guesses = await Promise.all(Array.from({ length: 20 }, (_, i) => post(gateway, { body, localAddress: guesser, headers: { [SHOWN]: `guess-${i}` } })));
  expect(guesses.some(({ status }) => status === 429)).toBe(true);
  expect((await post(gateway, { body, localAddress: guesser, headers: { [SHOWN]: SECRET } })).status).toBe(429);
  expect((await post(gateway, { body, localAddress: from(), headers: { [SHOWN]: SECRET } })).status).toBe(200);
  await telegram.until(() => telegram.sent(42).length === 1);
});

test('what cannot be read is taken and left out: it would come again for ever', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await open(telegram);
  for (const strange of ['', '{}', 'no JSON', '[]', '{"update_id":"x"}', '{"update_id":7,"poll":{}}', '{"update_id":8,"message":{"message_id":"strange","chat":null}}']) {
    expect([strange, (await post(gateway, { body: strange, headers: { [SHOWN]: SECRET } })).status]).toEqual([strange, 200]);
  }
  expect(gateway.model.requests).toHaveLength(0);
});

test('what belongs to one chat waits for what came before, also where that fails; another chat does not', async () => {
  await using telegram = await startTelegramServer();
  const http = openHttpClient();
  const adapter = telegramChannel.open(sectionOf(telegram), { http, log: () => {} });
  const received: string[] = [];
  const first = Promise.withResolvers<void>();
  const bring = (body: string) => {
    const request: ChannelRequest = { method: 'POST', header: (name) => (name === SHOWN ? SECRET : undefined), parameter: () => undefined, body: Buffer.from(body) };
    return adapter.answer?.(request, {
      received: async ({ text }) => {
        received.push(text);
        if (text === 'one') await first.promise;
      },
    });
  };
  const [one, two] = [bring(update('one', 1)), bring(update('two', 2))];
  await bring(update('elsewhere', 3, 43));
  await expect.poll(() => received.length, soon).toBe(2);
  expect(received.toSorted()).toEqual(['elsewhere', 'one']);
  first.reject(new Error('the store is away'));
  await expect(one).rejects.toThrow('the store is away');
  expect(await two).toEqual({ outcome: 'taken' });
  expect(received.at(-1)).toBe('two');
  await adapter.disconnect();
  await http.close();
});

test('each account has a way in and a secret of its own', async () => {
  await using telegram = await startTelegramServer();
  const other = `${SECRET}-of-another`;
  const { allowFrom, ...section } = sectionOf(telegram);
  await using gateway = await startGateway({ script: repeats, config: { channels: { telegram: { ...section, allowFrom, accounts: { default: {}, work: { webhookSecret: other } } } } } });
  const at = async (path: string, secret: string) => (await post(gateway, { path, body: update('hi'), headers: { [SHOWN]: secret } })).status;
  await expect.poll(() => at('/channels/telegram/work', other), soon).toBe(200);
  expect([await at('/channels/telegram', SECRET), await at('/channels/telegram', other), await at('/channels/telegram/work', SECRET), await at('/channels/telegram/none', SECRET)]).toEqual([200, 401, 401, 404]);
});

test('without webhookUrl it asks, and takes away a webhook that was set; what waited for that is answered', async () => {
  await using telegram = await startTelegramServer();
  telegram.setWebhook({ url: 'https://elsewhere.example/', secret: undefined });
  telegram.says({ chat: telegram.person(42, 'Ann'), text: 'while you were elsewhere' });
  const { webhookUrl: _, ...section } = sectionOf(telegram);
  await using gateway = await startGateway({ script: repeats, config: { channels: { telegram: section } } });
  await telegram.until(() => telegram.sent(42).length === 1);
  expect(telegram.webhook).toBeUndefined();
  expect((await post(gateway, { body: update('obey', 5), headers: { [SHOWN]: SECRET } })).status).toBe(404);
  expect(telegram.calls.find(({ method }) => method === 'deleteWebhook')?.parameters).toEqual({ drop_pending_updates: false });
});

test('a webhook without a secret is none, and what Telegram refuses is told without any secret', async () => {
  await using telegram = await startTelegramServer();
  const http = openHttpClient();
  const opening = (over: object) => () => telegramChannel.open({ ...sectionOf(telegram), ...over }, { http, log: () => {} });
  for (const webhookSecret of [undefined, '', 'short', 'with spaces in it, and more', 'x'.repeat(257)]) expect(opening({ webhookSecret })).toThrow(/^channels\.telegram\.webhookSecret: expected a webhookSecret of 16 to 256 /);
  for (const webhookUrl of ['', 'claw.example', 'ftp://claw.example/']) expect(opening({ webhookUrl })).toThrow(/^channels\.telegram\.webhookUrl: expected the address/);
  await http.close();
  await using gateway = await startGateway({ config: { channels: { telegram: { ...sectionOf(telegram), webhookUrl: 'https://refused.example/' } } } });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ telegram: 'failed' });
  const shown = JSON.stringify([gateway.logged, await (await gateway.request('/api/native/channels.list', { json: {} })).json(), await (await gateway.request('/api/native/config.get', { json: {} })).json()]);
  expect(shown).toContain('bad webhook');
  for (const secret of [telegram.token, SECRET]) expect(shown).not.toContain(secret);
});

test('where Telegram does not get through, or somebody else changes the webhook, the owner is told', async () => {
  const infos = [
    { url: URL_OF_IT, pending_update_count: 0 },
    { url: URL_OF_IT, pending_update_count: 3, last_error_date: Math.floor(Date.now() / 1_000) + 5, last_error_message: 'Connection timed out' },
    { url: URL_OF_IT, pending_update_count: 3, last_error_date: Math.floor(Date.now() / 1_000) + 5, last_error_message: 'Connection timed out' },
    new Error('not just now'),
    { url: 'https://elsewhere.example/', pending_update_count: 0 },
  ];
  const [told, ended]: [string[], ChannelFailure[]] = [[], []];
  await watchWebhook({
    call: async (_method, _parameters, schema) => {
      const info = infos.shift();
      if (info instanceof Error) throw info;
      return schema.parse(info);
    },
    url: URL_OF_IT, everyMs: 5, closed: new AbortController().signal,
    log: (_level, message) => void told.push(message),
    context: { disconnected: (failure) => void ended.push(failure) },
  });
  expect(told).toEqual([`Telegram does not get through to ${URL_OF_IT}: Connection timed out`]);
  expect(ended.map(({ kind, message }) => [kind, message])).toEqual([['passing', 'Another program has changed the webhook of this bot; it is set again']]);
});
