import { channelStatus, getStatus, listPairings, listSends, sessionHistory } from '@openclaw/contract';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { mqttChannel } from '../../packages/gateway/src/drivers/channels/mqtt/index.ts';
import { readPayload, wordPayload } from '../../packages/gateway/src/drivers/channels/mqtt/payload.ts';
import { filled, isFilter, matched } from '../../packages/gateway/src/drivers/channels/mqtt/topics.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { needs } from '../support/debian.ts';
import { startGateway, type TestGatewayOptions } from '../support/gateway.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { type MqttBroker, startMqttBroker } from '../support/mqtt-broker.ts';

const http = openHttpClient();
const soon = { timeout: 10_000, interval: 20 };
const PASSWORD = 'a-password-of-mqtt';
const TOPICS = { 'home/+/ask': { answerTo: 'home/{1}/answer' } };
const sectionOf = ({ port }: Pick<MqttBroker, 'port'>, over: Readonly<Record<string, unknown>> = {}) => ({ url: `mqtt://127.0.0.1:${port}`, clientId: 'openclaw-test', username: 'claw', password: PASSWORD, topics: TOPICS, ...over });
const echo: TestGatewayOptions['script'] = ({ messages }) => ({ text: `You said: ${messages.at(-1)?.text}` });

const scene = async (over: Readonly<Record<string, unknown>> = {}) => {
  const broker = await startMqttBroker({ username: 'claw', password: PASSWORD });
  const gateway = await startGateway({ script: echo, config: { channels: { mqtt: sectionOf(broker, { allowFrom: ['home/ann/ask'], ...over }) } } });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels['mqtt'], soon).toBe('connected');
  const answers = (topic: string) => broker.published.filter((one) => one.topic === topic).map(({ payload }) => payload);
  return { broker, gateway, answers, [Symbol.asyncDispose]: async () => {
    await gateway[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
  } };
};

test('a topic is who may publish there: one that is on the list is answered, another is given a code', async () => {
  await using at = await scene();
  at.broker.publishes('home/ann/ask', 'Is the door shut?');
  at.broker.publishes('home/bob/ask', 'And mine?');
  await at.broker.until(() => at.answers('home/ann/answer').length === 1 && at.answers('home/bob/answer').length === 1);
  expect(at.answers('home/ann/answer')).toEqual(['You said: Is the door shut?']);
  expect(at.answers('home/bob/answer')[0]).toMatch(/openclaw channels pair approve [A-Z0-9]{8}/);
  expect((await at.gateway.client.call(listPairings, {})).pairings).toMatchObject([{ sender: 'mqtt:home/bob/ask' }]);
  expect(at.broker.connects).toMatchObject([{ clientId: 'openclaw-test', clean: false, keepAlive: 30, will: undefined }]);
  expect((await at.gateway.client.call(sessionHistory, { session: '@mqtt%3Ahome%2Fann%2Fask' })).messages).toHaveLength(2);
});

test('JSON says what, which and when; the answer says to which', async () => {
  await using at = await scene({ topics: { 'home/#': { answerTo: 'answers/{1}', textPath: 'message.text', idPath: 'message.id', timePath: 'at', answerPath: 'reply.text' } }, allowFrom: ['home/ann/ask'] });
  const say = (id: unknown, text: unknown, time: unknown = Date.now()) => at.broker.publishes('home/ann/ask', JSON.stringify({ message: { id, text }, at: time }));
  say(1, 'one');
  say(1, 'one');
  say('old', 'open the door', Math.floor(Date.now() / 1_000) - 17 * 3_600);
  say(2, { not: 'text' });
  at.broker.publishes('home/ann/ask', 'no JSON at all');
  at.broker.publishes('home/ann/ask', Buffer.from([0xff, 0xfe]));
  at.broker.publishes('home/ann/ask', JSON.stringify({ message: { id: 3, text: 'said long ago' } }), { retain: true });
  say('four', 'four');
  await at.broker.until(() => at.answers('answers/ann/ask').length === 2 && at.broker.unacknowledged() === 0);
  expect(at.answers('answers/ann/ask').map((payload) => JSON.parse(payload))).toEqual([
    { reply: { text: 'You said: one' }, inReplyTo: '1' }, { reply: { text: 'You said: four' }, inReplyTo: 'four' },
  ]);
  expect((await at.gateway.client.call(channelStatus, { channel: 'mqtt' })).refused).toMatchObject([{ reason: 'stale', count: 1 }]);
});

test('what was not acknowledged comes again with its name, and is answered once', async () => {
  await using at = await scene({ topics: { 'home/+/ask': { answerTo: 'home/{1}/answer', textPath: 'text', idPath: 'id' } } });
  at.broker.publishes('home/ann/ask', JSON.stringify({ text: 'one', id: 'a' }));
  // It is stored by the time the connection is lost, or it is not; the broker does not know and tells it again.
  at.broker.cut();
  await at.broker.until(() => at.broker.unacknowledged() === 0 && at.answers('home/ann/answer').length > 0, 15_000);
  await sleep(300);
  expect(at.broker.repeated).toBe(1);
  expect(at.answers('home/ann/answer')).toEqual(['You said: one']);
}, 30_000);

test('what is sent unasked goes to the topic it names, never to one the agent listens to', async () => {
  await using at = await scene({ topics: { 'home/+/ask': { answerTo: '{1}/answer' }, 'other/answer': { answerTo: 'elsewhere' } } });
  const send = (to: string) => at.gateway.request('/api/native/channels.send', { json: { channel: 'mqtt', to, text: 'Good morning' } });
  for (const to of ['announcements', 'home/+/answer', 'home/ann/ask', 'home/other/ask']) await send(to);
  await expect.poll(async () => (await at.gateway.client.call(listSends, {})).sends.map(({ to, state }) => `${to} ${state}`).toSorted(), soon).toEqual(['announcements sent', 'home/+/answer failed', 'home/ann/ask sent', 'home/other/ask failed']);
  expect(at.broker.published.map(({ topic }) => topic).toSorted()).toEqual(['ann/answer', 'announcements']);
});

test('it says that it is there, leaves a last will, and says that it goes', async () => {
  await using broker = await startMqttBroker({ username: 'claw', password: PASSWORD });
  const gateway = await startGateway({ config: { channels: { mqtt: sectionOf(broker, { statusTopic: 'openclaw/status' }) } } });
  await broker.until(() => broker.published.length === 1, 10_000);
  expect(broker.connects[0]?.will).toBe('openclaw/status offline');
  await gateway[Symbol.asyncDispose]();
  expect(broker.published).toEqual([{ topic: 'openclaw/status', payload: 'online', retain: true }, { topic: 'openclaw/status', payload: 'offline', retain: true }]);
});

test('a broker that does not let it listen, and one that falls silent', async () => {
  await using broker = await startMqttBroker({ username: 'claw', password: PASSWORD });
  const lost: string[] = [];
  const context = { received: async () => {}, invited: () => false, connected: () => {}, disconnected: ({ kind, message }: { readonly kind: string; readonly message: string }) => lost.push(`${kind}: ${message}`) };
  broker.refusesToListen('secret/#');
  await expect(mqttChannel.open(sectionOf(broker, { topics: { ...TOPICS, 'secret/#': { answerTo: 'x' } } }), { http, log: silent }).connect(context)).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('secret/#') });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const adapter = mqttChannel.open(sectionOf(broker), { http, log: silent });
  await adapter.connect(context);
  for (let i = 0; i < 6; i++) {
    vi.advanceTimersByTime(15_000);
    await sleep(30);
  }
  expect(lost).toEqual([]);
  broker.fallSilent();
  vi.advanceTimersByTime(80_000);
  expect(lost).toEqual(['passing: MQTT: the broker fell silent']);
  vi.useRealTimers();
  await adapter.disconnect();
});

const missing = await needs('mosquitto', 'mosquitto-clients');
describe.skipIf(missing)(`a real broker${missing}`, () => {
  test('mosquitto keeps what came while the gateway was down; what is acknowledged does not come again', async () => {
    await using mosquitto = await startMosquitto(PASSWORD);
    const heard = await mosquitto.listens('home/+/answer');
    const statuses = await mosquitto.listens('openclaw/status');
    const channels = { mqtt: sectionOf(mosquitto, { allowFrom: ['home/ann/ask'], statusTopic: 'openclaw/status' }) };
    const options = { script: echo, config: { channels } };
    const first = await startGateway(options);
    await expect.poll(() => statuses.at(-1), soon).toBe('openclaw/status online');
    await mosquitto.publishes('home/ann/ask', 'one');
    await expect.poll(() => [...heard], soon).toEqual(['home/ann/answer You said: one']);
    await first[Symbol.asyncDispose]();
    await expect.poll(() => statuses.at(-1), soon).toBe('openclaw/status offline');
    await mosquitto.publishes('home/ann/ask', 'two');
    await mosquitto.publishes('home/ann/ask', 'three');
    await using second = await startGateway(options);
    await expect.poll(() => heard.slice(1), soon).toEqual(['home/ann/answer You said: two', 'home/ann/answer You said: three']);
    // A broker that is killed is found again, and listened to as before.
    await sleep(1_500);
    await mosquitto.kill();
    await expect.poll(async () => (await second.client.call(getStatus, {})).channels['mqtt'], soon).toBe('disconnected');
    await mosquitto.start();
    const again = await mosquitto.listens('home/+/answer');
    await expect.poll(async () => (await second.client.call(getStatus, {})).channels['mqtt'], { timeout: 20_000 }).toBe('connected');
    await mosquitto.publishes('home/ann/ask', 'four');
    await expect.poll(() => [...again], soon).toContain('home/ann/answer You said: four');
    expect(again.filter((line) => !line.endsWith('four'))).toEqual([]);
    expect(second.logged.filter(({ level }) => level === 'error')).toEqual([]);
  }, 90_000);

  test('what could not be stored is not acknowledged, and comes to whoever connects next', async () => {
    await using mosquitto = await startMosquitto(PASSWORD);
    const adapter = (received: (text: string) => Promise<void>) => {
      const made = mqttChannel.open(sectionOf(mosquitto), { http, log: silent });
      return { made, connected: made.connect({ received: ({ text }) => received(text), invited: () => false, connected: () => {}, disconnected: () => {} }) };
    };
    let tried = 0;
    const failing = adapter(async () => {
      tried++;
      throw new Error('the store is away');
    });
    await failing.connected;
    await mosquitto.publishes('home/ann/ask', 'kept');
    await expect.poll(() => tried, soon).toBeGreaterThan(1);
    await failing.made.disconnect();
    const heard: string[] = [];
    const next = adapter(async (text) => void heard.push(text));
    await next.connected;
    await expect.poll(() => heard, soon).toEqual(['kept']);
    await next.made.disconnect();
    const last = adapter(async (text) => void heard.push(text));
    await last.connected;
    await sleep(300);
    expect(heard).toEqual(['kept']);
    await last.made.disconnect();
  }, 40_000);

  test('a password that mosquitto does not accept is for the owner to mend, and is shown nowhere', async () => {
    await using mosquitto = await startMosquitto(PASSWORD);
    await using gateway = await startGateway({ config: { channels: { mqtt: sectionOf(mosquitto, { password: 'not-that-password' }) } } });
    await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels['mqtt'], soon).toBe('failed');
    expect(JSON.stringify([gateway.logged, await (await gateway.request('/api/native/config.get', { json: {} })).json()])).not.toContain('not-that-password');
  }, 30_000);
});

test.each<[string, string, readonly string[] | undefined]>([
  ['a/b', 'a/b', []], ['a/+', 'a/b', ['b']], ['a/+', 'a/b/c', undefined], ['a/+/c', 'a//c', ['']], ['a/#', 'a/b/c', ['b/c']], ['a/#', 'a', ['']], ['+/+', 'a/b', ['a', 'b']],
  ['#', '$SYS/x', undefined], ['+/x', '$SYS/x', undefined], ['$SYS/#', '$SYS/x', ['x']], ['a/b', 'a/B', undefined],
])('%s and %s', (filter, topic, found) => {
  expect(matched(filter, topic)).toEqual(found);
});

test('filters, and what is filled in', () => {
  expect(['#', '+', 'a/+/b', 'a/#', '/'].every(isFilter)).toBe(true);
  expect(['', 'a#', 'a/#/b', 'a+/b', 'a\0'].some(isFilter)).toBe(false);
  expect(filled('x/{2}/{1}/{3}', ['{2}', 'b'])).toBe('x/b/{2}/');
});

test.each([
  ['topics', { 'home/#': { answerTo: 'home/{1}/answer' } }], ['topics', { 'a/#/b': { answerTo: 'x' } }], ['topics', {}], ['topics', { a: { answerTo: 'x/#' } }], ['topics', { a: {} }],
  ['url', 'http://host'], ['url', 'mqtt://user:secret@host'], ['keepAliveSeconds', 1],
])('a setting that cannot work is refused in words: %s %j', (key, value) => {
  expect(() => mqttChannel.open({ ...sectionOf({ port: 1 }), [key]: value }, { http, log: silent })).toThrow(expect.objectContaining({ kind: 'permanent', message: expect.stringMatching(new RegExp(`^channels\\.mqtt\\.${key}\\b.*: expected `)) }));
});

test('a path finds what is there and nothing that every object has', () => {
  const read = (payload: unknown, textPath: string) => readPayload('t', Buffer.from(JSON.stringify(payload)), { answerTo: 'x', textPath }, () => 7);
  expect(read({ a: [{ b: 'hi' }] }, 'a.0.b')).toMatchObject({ text: 'hi', at: 7, sender: { id: 't' } });
  expect([read({}, 'constructor.name'), read({ a: 'x' }, 'a.length'), read({ a: ' ' }, 'a'), read(null, 'a')]).toEqual([undefined, undefined, undefined, undefined]);
  expect(wordPayload('hi', { answerPath: '__proto__.x' }, undefined)).toBe('{"__proto__":{"x":"hi"}}');
});
