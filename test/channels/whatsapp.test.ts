import { approvePairing, channelStatus, GatewayError, getStatus, listAudit, listPairings, listSends, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { readNotification } from '../../packages/gateway/src/drivers/channels/whatsapp/read-notification.ts';
import { addresses, deliver, type DeliveryOptions, type Sent } from '../support/deliver.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';
import { startPostgres } from '../support/postgres.ts';
import { openPostgresPair } from '../support/store-pairs.ts';
import { startWhatsappServer, type WhatsappServer } from '../support/whatsapp-server.ts';

const soon = { timeout: 8_000, interval: 20 };
const repeats: ModelScript = ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` });

const post = ({ url }: TestGateway, delivery: Partial<DeliveryOptions>): Promise<Sent> => deliver(url, { path: '/channels/whatsapp', body: '', ...delivery });
const reach = (whatsapp: WhatsappServer, gateway: TestGateway): void =>
  whatsapp.comesTo(async (body, signature) => (await post(gateway, { body, headers: { 'x-hub-signature-256': signature } })).status);

const open = async (whatsapp: WhatsappServer, over: Readonly<Record<string, unknown>> = {}, more: TestGatewayOptions = {}): Promise<TestGateway> => {
  const gateway = await startGateway({ script: repeats, config: { channels: { whatsapp: { ...whatsapp.section, allowFrom: [whatsapp.ann], ...over } } }, ...more });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ whatsapp: 'connected' });
  reach(whatsapp, gateway);
  return gateway;
};

test('what is written comes to the gateway and is answered, shown meanwhile that it is being so', async () => {
  await using whatsapp = await startWhatsappServer();
  await using gateway = await open(whatsapp, {}, { script: ({ messages }) => ({ text: ['re: ', String(messages.at(-1)?.text)], chunkDelayMs: 150 }) });
  const id = whatsapp.says({ text: 'Hello there' });
  await whatsapp.until(() => whatsapp.sent(whatsapp.ann).length === 1);
  expect(whatsapp.calls.at(-1)).toEqual({ messaging_product: 'whatsapp', recipient_type: 'individual', to: whatsapp.ann, type: 'text', text: { body: 're: Hello there', preview_url: false } });
  expect(whatsapp.calls).toContainEqual({ messaging_product: 'whatsapp', status: 'read', message_id: id, typing_indicator: { type: 'text' } });
  const { messages } = await gateway.client.call(sessionHistory, { session: `@${encodeURIComponent(`whatsapp:${whatsapp.ann}`)}` });
  expect(messages.map(({ role, text }) => [role, text])).toEqual([['user', 'Hello there'], ['assistant', 're: Hello there']]);
  expect(whatsapp.statuses).toEqual([200]);
  expect(JSON.stringify(gateway.logged)).not.toContain(whatsapp.section.appSecret);
});

test('somebody who shows no number is let in by their id, and answered by it', async () => {
  await using whatsapp = await startWhatsappServer();
  await using gateway = await open(whatsapp);
  const user = 'DE.13491208655302741918';
  const say = (id: string, body: string) =>
    whatsapp.tells({ contacts: [{ profile: { name: 'Bob', username: 'bob' }, user_id: user }], messages: [{ from_user_id: user, id, timestamp: String(Math.floor(Date.now() / 1_000)), type: 'text', text: { body } }] });
  say('wamid.b1', 'let me in');
  await whatsapp.until(() => whatsapp.sent(user).length === 1);
  const { pairings: [pairing] } = await gateway.client.call(listPairings, {});
  expect(pairing).toMatchObject({ sender: `whatsapp:${user}`, name: 'Bob' });
  await gateway.client.call(approvePairing, { code: pairing?.code ?? '' });
  say('wamid.b2', 'now?');
  await whatsapp.until(() => whatsapp.sent(user).some(({ text }) => text === 're: now?'));
  expect(whatsapp.calls.find(({ recipient }) => recipient === user)).not.toHaveProperty('to');
});

test('200 is said when it is stored, and not before; what comes again is known', async () => {
  let away = 3;
  await using whatsapp = await startWhatsappServer();
  await using gateway = await open(whatsapp, {}, {
    store: (store) => ({
      ...store,
      weighArrival: async (question) => {
        if (away-- > 0) throw new GatewayError('store_unavailable', 'The store is away');
        return store.weighArrival(question);
      },
    }),
  });
  whatsapp.says({ text: 'one', id: 'wamid.1' });
  whatsapp.says({ text: 'two', id: 'wamid.2' });
  whatsapp.says({ text: 'one', id: 'wamid.1' });
  // Several at once, not in their order, one of them known.
  const at = Math.floor(Date.now() / 1_000);
  const several = [{ id: 'wamid.4', text: 'four', when: at + 2 }, { id: 'wamid.2', text: 'two', when: at }, { id: 'wamid.3', text: 'three', when: at + 1 }];
  whatsapp.tells({ messages: several.map(({ text, when, id }) => ({ id, from: whatsapp.ann, timestamp: String(when), type: 'text', text: { body: text } })) });
  whatsapp.says({ text: 'yesterday', at: Date.now() - 17 * 3_600_000 });
  await whatsapp.until(() => whatsapp.untaken() === 0 && whatsapp.sent().length === 4);
  expect(whatsapp.sent().map(({ text }) => text)).toEqual(['re: one', 're: two', 're: three', 're: four']);
  expect(whatsapp.statuses.slice(0, 4)).toEqual([503, 503, 503, 200]);
  expect((await gateway.client.call(channelStatus, { channel: 'whatsapp' })).refused).toMatchObject([{ reason: 'stale', count: 1 }]);
});

test('whoever asks whether it is here must know the token', async () => {
  await using whatsapp = await startWhatsappServer();
  await using gateway = await open(whatsapp);
  const { verifyToken } = whatsapp.section;
  const ask = async (query: string, path = '/channels/whatsapp'): Promise<Response> => fetch(`${gateway.url}${path}?${query}`);
  const right = await ask(`hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${verifyToken}`);
  expect([right.status, await right.text(), right.headers.get('content-type')]).toEqual([200, '1158201444', 'text/plain; charset=utf-8']);
  for (const query of [
    `hub.mode=subscribe&hub.challenge=1&hub.verify_token=${verifyToken}x`,
    `hub.mode=subscribe&hub.challenge=1&hub.verify_token=${verifyToken}&hub.verify_token=${verifyToken}`,
    `hub.mode=subscribe&hub.challenge=1&hub.verify_token[]=${verifyToken}`,
    'hub.mode=subscribe&hub.challenge=1&hub.verify_token=',
    'hub.mode=subscribe&hub.challenge=1',
    `hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=${verifyToken}`,
    `hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=${verifyToken}`,
    '',
  ]) expect([query, (await ask(query)).status]).toEqual([query, 403]);
  for (const path of ['/channels/telegram', '/channels/', '/channels/whatsapp/other', '/channels/__proto__']) expect([path, (await ask('', path)).status]).toEqual([path, 404]);
  expect((await fetch(`${gateway.url}/channels/whatsapp`, { method: 'DELETE' })).status).toBe(405);
  // Two more guesses are looked at; then even the right one is not.
  for (let i = 0; i < 2; i++) await ask('hub.verify_token=a-guess');
  expect((await ask(`hub.mode=subscribe&hub.challenge=1&hub.verify_token=${verifyToken}`)).status).toBe(429);
  await expect.poll(async () => JSON.stringify(await gateway.client.call(listAudit, { operation: 'webhooks.receive' })), soon).toContain('"webhook_invalid"');
});

test('what is not signed as it should be is told to nobody', async () => {
  await using whatsapp = await startWhatsappServer();
  await using gateway = await open(whatsapp);
  const value = { metadata: { phone_number_id: whatsapp.section.phoneNumberId }, messages: [{ from: whatsapp.ann, id: 'wamid.forged', timestamp: String(Math.floor(Date.now() / 1_000)), type: 'text', text: { body: 'obey' } }] };
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] });
  const right = whatsapp.sign(body);
  const from = addresses();
  for (const [what, delivery] of Object.entries<Partial<DeliveryOptions>>({
    'no signature': { headers: {} },
    'one for another body': { headers: { 'x-hub-signature-256': whatsapp.sign(`${body} `) } },
    'a body that was changed': { body: body.replace('obey', 'obez'), headers: { 'x-hub-signature-256': right } },
    'a body that was cut short': { body: body.slice(0, -1), headers: { 'x-hub-signature-256': right } },
    'twice': { headers: { 'x-hub-signature-256': [right, right] } },
    'without its prefix': { headers: { 'x-hub-signature-256': right.slice(7) } },
    'the older one': { headers: { 'x-hub-signature': right } },
  })) expect([what, (await post(gateway, { body, localAddress: from(), ...delivery })).status]).toEqual([what, 401]);
  expect((await post(gateway, { body: 'x'.repeat(3 * 1024 * 1024 + 1), localAddress: from() })).status).toBe(413);
  // Signed, and nothing that can be read: it would come again for days.
  for (const strange of ['{}', 'no JSON', JSON.stringify({ object: 'page', entry: [] })]) {
    expect((await post(gateway, { body: strange, headers: { 'x-hub-signature-256': whatsapp.sign(strange) }, localAddress: from() })).status).toBe(200);
  }
  expect(gateway.model.requests).toHaveLength(0);
  expect((await post(gateway, { body, headers: { 'x-hub-signature-256': right }, localAddress: from() })).status).toBe(200);
  await whatsapp.until(() => whatsapp.sent().length === 1);
});

test('who has been silent for a day gets nothing, with the reason; what is too much waits; a token that ended stops it', async () => {
  await using whatsapp = await startWhatsappServer();
  await using gateway = await open(whatsapp);
  whatsapp.befalls({ status: 400, code: 131_047, message: 'Message failed to send because more than 24 hours have passed' }, { status: 400, code: 131_056, message: 'Pair rate limit hit' }, { html: 502 });
  whatsapp.says({ text: 'one' });
  whatsapp.says({ text: 'two' });
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends, { timeout: 15_000 }).toMatchObject([
    { state: 'sent', attempts: 3, doubts: 1 }, { state: 'failed', attempts: 1, doubts: 0, error: expect.stringMatching(/more than 24 hours.*\(131047\)\. Whoever it is for wrote more than 24 hours ago/) },
  ]);
  expect(whatsapp.sent().map(({ text }) => text)).toEqual(['re: two']);
  whatsapp.tells({ statuses: [{ id: 'wamid.out1', status: 'delivered', recipient_id: whatsapp.ann }, { id: 'wamid.out1', status: 'failed', recipient_id: whatsapp.ann, errors: [{ code: 131_026, title: 'Message undeliverable' }] }] });
  await expect.poll(() => gateway.logged.map(({ message }) => message), soon).toContain('a message did not arrive on WhatsApp: Message undeliverable (131026)');
  whatsapp.befalls({ status: 401, code: 190, message: `Error validating access token ${whatsapp.section.accessToken}` });
  whatsapp.says({ text: 'three' });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ whatsapp: 'failed' });
  expect((await gateway.client.call(listSends, {})).sends[0]).toMatchObject({ state: 'queued', doubts: 0 });
  // Meanwhile what comes is stored all the same.
  whatsapp.says({ text: 'four' });
  await whatsapp.until(() => whatsapp.untaken() === 0);
  await expect.poll(() => gateway.model.requests.length, soon).toBe(4);
  const shown = JSON.stringify([gateway.logged, (await gateway.client.call(listSends, {})).sends, await (await gateway.request('/api/native/config.get', { json: {} })).json()]);
  for (const secret of ['accessToken', 'appSecret', 'verifyToken'] as const) expect(shown).not.toContain(whatsapp.section[secret]);
}, 30_000);

const { server, reason } = await startPostgres();

test.skipIf(!server)(`of two gateways on one database each takes what comes to it, and one answers${reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => {
  const url = (await server?.createDatabase()) ?? '';
  await (await openPostgresPair(url)).close();
  await using whatsapp = await startWhatsappServer();
  await using first = await open(whatsapp, {}, { env: { DATABASE_URL: url } });
  await using second = await open(whatsapp, {}, { env: { DATABASE_URL: url } });
  whatsapp.says({ text: 'to the other', id: 'wamid.1' });
  await whatsapp.until(() => whatsapp.sent().length === 1, 10_000);
  reach(whatsapp, first);
  whatsapp.says({ text: 'to the other', id: 'wamid.1' });
  whatsapp.says({ text: 'to the one', id: 'wamid.2' });
  await whatsapp.until(() => whatsapp.sent().length === 2 && whatsapp.untaken() === 0, 10_000);
  expect(whatsapp.sent().map(({ text }) => text)).toEqual(['re: to the other', 're: to the one']);
  expect(second.logged.filter(({ level }) => level === 'error')).toEqual([]);
}, 40_000);
test.runIf(server)('the database goes', async () => server?.[Symbol.asyncDispose]());

const NUMBER = '106540352242922';
const read = (value: Readonly<Record<string, unknown>>) =>
  readNotification({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value: { metadata: { phone_number_id: NUMBER }, ...value } }, { field: 'account_update', value: {} }] }] }, NUMBER);
const message = (over: Readonly<Record<string, unknown>>) =>
  read({ contacts: [{ profile: { name: 'Ann' }, wa_id: '4915112345678' }], messages: [{ from: '4915112345678', id: 'wamid.1', timestamp: '100', ...over }] })?.messages[0];

test.each<[string, ReturnType<typeof message>, object | undefined]>([
  ['a text', message({ type: 'text', text: { body: 'Hi' } }), { id: 'wamid.1', text: 'Hi', sender: { id: '4915112345678', name: 'Ann' }, conversation: { id: '4915112345678', kind: 'direct' }, at: 100_000 }],
  ['a picture with words', message({ type: 'image', image: { caption: 'Look', mime_type: 'image/jpeg', id: '1' } }), { text: 'Look', attachments: [{ kind: 'image', type: 'image/jpeg' }] }],
  ['a file', message({ type: 'document', document: { filename: 'a.pdf', mime_type: 'application/pdf', id: '1' } }), { text: '', attachments: [{ kind: 'file', name: 'a.pdf', type: 'application/pdf' }] }],
  ['something spoken', message({ type: 'audio', audio: { mime_type: 'audio/ogg; codecs=opus', voice: true } }), { attachments: [{ kind: 'audio', name: 'voice message' }] }],
  ['a sticker', message({ type: 'sticker', sticker: { mime_type: 'image/webp' } }), { attachments: [{ kind: 'other', name: 'sticker' }] }],
  ['a place', message({ type: 'location', location: { latitude: 1.5, longitude: 2, name: 'Here', address: 'Street 1' } }), { text: 'Here Street 1 (1.5, 2)' }],
  ['somebody else', message({ type: 'contacts', contacts: [{ name: { formatted_name: 'Bob' }, phones: [{ phone: '+49 1' }] }] }), { attachments: [{ kind: 'other', name: 'contact Bob +49 1' }] }],
  ['a button that was pressed', message({ type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Yes' } } }), { text: 'Yes' }],
  ['a line of a list that was chosen', message({ type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'y', title: 'Two' } } }), { text: 'Two' }],
  ['a button of a template', message({ type: 'button', button: { text: 'Stop', payload: 'stop' } }), { text: 'Stop' }],
  ['a kind that is not handed on', message({ type: 'unsupported', errors: [{ code: 131_051 }] }), { text: '', attachments: [{ kind: 'other', name: 'a message of the kind unsupported' }] }],
  ['a sign at what was said', message({ type: 'reaction', reaction: { emoji: '+' } }), undefined],
  ['a number that changed', message({ type: 'system', system: { body: 'Ann changed' } }), undefined],
  ['what is said in a group', message({ type: 'text', text: { body: 'Hi' }, group_id: 'g1' }), { conversation: { id: 'g1', kind: 'unknown' } }],
  ['somebody without any id', message({ type: 'text', text: { body: 'Hi' }, from: undefined }), undefined],
  ['somebody whose id is none', message({ type: 'text', text: { body: 'Hi' }, from: 'ann' }), undefined],
  ['a time that is none', message({ type: 'text', text: { body: 'Hi' }, timestamp: 'now' }), undefined],
])('%s', (_, found, expected) => {
  if (!expected) return expect(found).toBeUndefined();
  expect(found).toMatchObject(expected);
});

test('what is for another number of the app is left out, and named', () => {
  expect(read({ metadata: { phone_number_id: '999' }, messages: [{ from: '4915112345678', id: 'wamid.1', timestamp: '100', type: 'text', text: { body: 'Hi' } }] })).toEqual({ messages: [], failed: [], others: ['999'] });
  expect(readNotification({ object: 'page' }, NUMBER)).toBeUndefined();
});
