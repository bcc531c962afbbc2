import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { channelStatus, GatewayError, getStatus, listAudit, listSends, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { slackChannel } from '../../packages/gateway/src/drivers/channels/slack/index.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import type { ChannelRequest } from '../../packages/gateway/src/engine/ports/channel.ts';
import { addresses, deliver, type DeliveryOptions, type Sent } from '../support/deliver.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';

const soon = { timeout: 8_000, interval: 20 };
const repeats: ModelScript = ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` });
const TEAM = { channel: 'C0TEAM', channel_type: 'channel' };
const now = (): number => Math.floor(Date.now() / 1_000);

const post = ({ url }: TestGateway, delivery: Partial<DeliveryOptions>): Promise<Sent> => deliver(url, { path: '/channels/slack', body: '', ...delivery });
const sectionOf = (slack: SlackServer) => ({ botToken: slack.botToken, signingSecret: slack.signingSecret, apiUrl: slack.url, allowFrom: ['U0ANN'] });

const open = async (slack: SlackServer, over: Readonly<Record<string, unknown>> = {}, more: TestGatewayOptions = {}): Promise<TestGateway> => {
  const gateway = await startGateway({ script: repeats, config: { channels: { slack: { ...sectionOf(slack), ...over } } }, ...more });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ slack: 'connected' });
  slack.comesTo(async (body, headers) => (await post(gateway, { body, headers })).status);
  return gateway;
};

const wrap = (event: Readonly<Record<string, unknown>>, eventId = 'Ev1'): string =>
  JSON.stringify({ token: 'z', team_id: 'T0TEST', api_app_id: 'A0TEST', type: 'event_callback', event_id: eventId, event });
const said = (text: string, ts = `${now()}.000100`) => ({ type: 'message', channel: 'D0ANN', channel_type: 'im', user: 'U0ANN', ts, text });

test('Slack comes with what is written, without any socket, and is answered in the conversation and in the thread', async () => {
  await using slack = await startSlackServer();
  await using gateway = await open(slack, { groups: { C0TEAM: {} } });
  slack.says({ text: 'Hello there' });
  await slack.until(() => slack.sent('D0ANN').length === 1);
  const ts = slack.says({ ...TEAM, text: `<@${slack.bot.user_id}> one` });
  slack.tells({ type: 'app_mention', channel: 'C0TEAM', user: 'U0ANN', ts, event_ts: ts, text: `<@${slack.bot.user_id}> one` });
  slack.says({ ...TEAM, text: 'not for the bot' });
  await slack.until(() => slack.sent('C0TEAM').length === 1 && slack.untaken() === 0);
  expect(slack.sent()).toMatchObject([{ text: 're: Hello there', thread: undefined }, { channel: 'C0TEAM', thread: ts, text: 're: [Ann, U0ANN] @claw one' }]);
  const { messages } = await gateway.client.call(sessionHistory, { session: '@slack%3AU0ANN' });
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect([slack.statuses, slack.socketsEver, slack.calls.some(({ method }) => method === 'apps.connections.open')]).toEqual([[200, 200, 200, 200], 0, false]);
  expect(JSON.stringify(gateway.logged)).not.toContain(slack.signingSecret);
});

test('200 is said when it is stored, and not before; what comes again is known', async () => {
  let away = 2;
  await using slack = await startSlackServer({ retryMs: 60 });
  await using gateway = await open(slack, {}, {
    store: (store) => ({
      ...store,
      weighArrival: async (question) => {
        if (away-- > 0) throw new GatewayError('store_unavailable', 'The store is away');
        return store.weighArrival(question);
      },
    }),
  });
  const one = said('one');
  slack.tells(one, 'Ev-one');
  await slack.until(() => slack.sent().length === 1 && slack.untaken() === 0);
  expect([slack.statuses, slack.repeats]).toEqual([[503, 503, 200], 2]);
  slack.tells(one, 'Ev-one');
  slack.tells(one, 'Ev-under-another-name');
  slack.says({ text: 'two' });
  slack.says({ text: 'yesterday', ts: `${now() - 17 * 3_600}.000001` });
  await slack.until(() => slack.untaken() === 0 && slack.sent().length === 2);
  expect(slack.sent().map(({ text }) => text)).toEqual(['re: one', 're: two']);
  expect((await gateway.client.call(channelStatus, { channel: 'slack' })).refused).toMatchObject([{ reason: 'stale', count: 1 }]);
});

test('the address is vouched for to whoever signs, and to nobody else', async () => {
  await using slack = await startSlackServer();
  await using gateway = await open(slack);
  const challenge = JSON.stringify({ token: 'z', type: 'url_verification', challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' });
  const right = await post(gateway, { body: challenge, headers: slack.sign(challenge) });
  expect([right.status, right.text, right.headers['content-type']]).toEqual([200, '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P', 'text/plain; charset=utf-8']);
  const unsigned = await post(gateway, { body: challenge });
  expect([unsigned.status, unsigned.text.includes('3eZbrw1aBm')]).toEqual([401, false]);
  const script = JSON.stringify({ type: 'url_verification', challenge: '<script>' });
  expect(await post(gateway, { body: script, headers: slack.sign(script) })).toMatchObject({ status: 200, text: '' });
  expect((await fetch(`${gateway.url}/channels/slack?challenge=x`)).status).toBe(403);
  await expect.poll(async () => JSON.stringify(await gateway.client.call(listAudit, { operation: 'webhooks.receive' })), soon).toContain('"webhook_invalid"');
});

test('what Slack did not sign just now is told to nobody', async () => {
  await using slack = await startSlackServer();
  await using gateway = await open(slack);
  const body = wrap(said('obey'));
  const right = slack.sign(body);
  const signature = String(right['x-slack-signature']);
  const by = (secret: string) => ({ ...right, 'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${right['x-slack-request-timestamp']}:${body}`).digest('hex')}` });
  const from = addresses();
  for (const [what, delivery] of Object.entries<Partial<DeliveryOptions>>({
    'no signature': { headers: {} },
    'no time': { headers: { 'x-slack-signature': signature } },
    'one for another body': { headers: slack.sign(`${body} `) },
    'a body that was changed': { body: body.replace('obey', 'obez'), headers: right },
    'a body that was cut short': { body: body.slice(0, -1), headers: right },
    'the secret of before': { headers: by('0f742231b10e8888abcd99yyyzzz85a5') },
    'no secret at all': { headers: by('') },
    'twice': { headers: { ...right, 'x-slack-signature': [signature, signature] } },
    'two times': { headers: { ...right, 'x-slack-request-timestamp': [String(now()), String(now())] } },
    'without its version': { headers: { ...right, 'x-slack-signature': signature.slice(3) } },
    'another version': { headers: { ...right, 'x-slack-signature': signature.replace('v0', 'v1') } },
    'six minutes old': { headers: slack.sign(body, now() - 360) },
    'from the future': { headers: slack.sign(body, now() + 360) },
    'an old one with the time of now': { headers: { ...slack.sign(body, now() - 360), 'x-slack-request-timestamp': String(now()) } },
    'a time that is none': { headers: { ...right, 'x-slack-request-timestamp': 'now' } },
    'the token of old': { body: body.replace('"token":"z"', `"token":"${slack.signingSecret}"`), headers: {} },
  })) expect([what, (await post(gateway, { body, localAddress: from(), ...delivery })).status]).toEqual([what, 401]);
  // Signed, and nothing that can be read: it would come again, and in the end not at all.
  for (const strange of ['{}', 'no JSON', JSON.stringify({ type: 'something_new' }), JSON.stringify({ type: 'event_callback' }), wrap({ type: 'message', channel: null, ts: 'yesterday' })]) {
    expect((await post(gateway, { body: strange, headers: slack.sign(strange), localAddress: from() })).status).toBe(200);
  }
  expect(gateway.model.requests).toHaveLength(0);
  const limited = JSON.stringify({ type: 'app_rate_limited', team_id: 'T0TEST', minute_rate_limited: 1 });
  await post(gateway, { body: limited, headers: slack.sign(limited), localAddress: from() });
  expect(gateway.logged.map(({ message }) => message)).toContain('Slack holds events back: there are more than 30,000 an hour');
  // Four minutes old is within reach; a second time it is known, whoever sends it.
  for (let i = 0; i < 2; i++) expect((await post(gateway, { body, headers: slack.sign(body, now() - 240), localAddress: from() })).status).toBe(200);
  await slack.until(() => slack.sent().length === 1);
  expect(gateway.model.requests).toHaveLength(1);
});

test('two events that come by one connection, one right behind the other, are taken in their order', async () => {
  await using slack = await startSlackServer();
  await using gateway = await open(slack, { queue: 'followup' });
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += String(chunk)));
  const texts = ['one', 'two', 'three', 'four'];
  for (const [index, text] of texts.entries()) {
    const body = wrap(said(text, `${now()}.00010${index}`), `Ev${index}`);
    const headers = Object.entries({ host: 'localhost', 'content-length': String(Buffer.byteLength(body)), ...slack.sign(body) }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST /channels/slack HTTP/1.1\r\n${headers.join('')}\r\n${body}`);
  }
  await slack.until(() => slack.sent().length === texts.length);
  expect(slack.sent().map(({ text }) => text)).toEqual(texts.map((text) => `re: ${text}`));
  expect(heard.match(/HTTP\/1\.1 200/g)).toHaveLength(texts.length);
  socket.destroy();
});

test('what belongs to one conversation waits for what came before, also where that fails; another conversation does not', async () => {
  await using slack = await startSlackServer();
  const http = openHttpClient();
  const adapter = slackChannel.open(sectionOf(slack), { http, log: () => {} });
  const received: string[] = [];
  const first = Promise.withResolvers<void>();
  const bring = (event: Readonly<Record<string, unknown>>) => {
    const body = wrap(event);
    const headers = slack.sign(body);
    const request: ChannelRequest = { method: 'POST', header: (name) => headers[name], parameter: () => undefined, body: Buffer.from(body) };
    return adapter.answer?.(request, {
      received: async ({ text }) => {
        received.push(text);
        if (text === 'one') await first.promise;
      },
    });
  };
  const [one, two] = [bring(said('one', '1.1')), bring(said('two', '1.2'))];
  await bring({ ...said('elsewhere', '1.3'), channel: 'D0BOB', user: 'U0BOB' });
  await expect.poll(() => received.length, soon).toBe(2);
  expect(received.toSorted()).toEqual(['elsewhere', 'one']);
  first.reject(new Error('the store is away'));
  await expect(one).rejects.toThrow('the store is away');
  expect(await two).toEqual({ outcome: 'taken' });
  expect(received.at(-1)).toBe('two');
  await adapter.disconnect();
  await http.close();
});

test('a file that comes is kept for the agent, which can send it back into the thread', async () => {
  await using slack = await startSlackServer();
  const script: ModelScript = ({ messages }) => {
    const path = /kept as (\S+)\]/.exec(messages.at(-1)?.text ?? '')?.[1];
    return path === undefined ? { text: 'There it is.' } : { toolCalls: [{ tool: 'send_file', input: { path } }] };
  };
  await using _ = await open(slack, { groups: { C0TEAM: {} } }, { script });
  const content = Buffer.from(Array.from({ length: 3_000 }, (_, i) => i % 256));
  const ts = slack.says({ ...TEAM, text: `<@${slack.bot.user_id}> back, please`, subtype: 'file_share', files: [slack.files.has({ name: 'a.bin', type: 'application/octet-stream', content })] });
  slack.says({ ...TEAM, user: 'U0EVE', text: 'not for the bot', subtype: 'file_share', files: [slack.files.has({ name: 'b.bin', type: 'application/octet-stream', content })] });
  await slack.until(() => slack.sent().length === 1 && slack.files.sent.length === 1 && slack.untaken() === 0);
  expect(slack.sent()).toMatchObject([{ thread: ts, text: 'There it is.' }]);
  expect(slack.files.sent).toMatchObject([{ channel: 'C0TEAM', thread: ts, name: expect.stringMatching(/a\.bin$/) }]);
  expect(Buffer.compare(slack.files.sent[0]?.content ?? Buffer.of(), content)).toBe(0);
  // Nothing was asked for that nobody is to see.
  expect(slack.files.asked.filter(({ url }) => url.startsWith('/files-pri'))).toHaveLength(1);
});

test('what comes again while its file is still under way waits for it, and is the same', async () => {
  await using slack = await startSlackServer();
  await using gateway = await open(slack);
  slack.files.delayMs = 300;
  const body = wrap({ ...said('look'), subtype: 'file_share', files: [slack.files.has({ name: 'a.txt', type: 'text/plain', content: Buffer.from('a') })] });
  const answers = await Promise.all(Array.from({ length: 3 }, () => post(gateway, { body, headers: slack.sign(body) })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await slack.until(() => slack.sent().length === 1);
  expect([slack.files.asked.length, gateway.model.requests.length]).toEqual([1, 1]);
});

test('a token that was revoked stops the channel and costs no message; what comes is stored all the same', async () => {
  await using slack = await startSlackServer({ retryMs: 60 });
  await using gateway = await open(slack);
  slack.befalls('chat.postMessage', { error: 'token_revoked' });
  slack.says({ text: 'one' });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ slack: 'failed' });
  expect((await gateway.client.call(listSends, {})).sends).toMatchObject([{ state: 'queued', doubts: 0 }]);
  slack.says({ text: 'two' });
  await slack.until(() => slack.untaken() === 0);
  await expect.poll(() => gateway.model.requests.length, soon).toBe(2);
});

test('one of the two must be there; with both, it is the socket', async () => {
  await using slack = await startSlackServer();
  const { signingSecret: _, ...neither } = sectionOf(slack);
  expect(() => slackChannel.open(neither, { http: openHttpClient(), log: () => {} })).toThrow(/^channels\.slack\.appToken: expected an app-level token .*, or a signingSecret where Slack is to come here$/);
  await using gateway = await startGateway({ script: repeats, config: { channels: { slack: { ...sectionOf(slack), appToken: slack.appToken } } } });
  await slack.until(() => slack.sockets === 1);
  const body = wrap(said('obey'));
  expect((await post(gateway, { body, headers: slack.sign(body) })).status).toBe(404);
});
