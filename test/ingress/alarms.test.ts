/** Whoever forges again and again what comes in is told of: once in a minute for each address, not for each try. */
import { type DurableEvent, getStatus, listEvents } from '@openclaw/contract';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Alarms } from '../../packages/gateway/src/engine/events/index.ts';
import type { NewEvent } from '../../packages/gateway/src/engine/ports/store.ts';
import { deliver } from '../support/deliver.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startWhatsappServer, type WhatsappServer } from '../support/whatsapp-server.ts';

let gateway: TestGateway;
let whatsapp: WhatsappServer;
beforeAll(async () => {
  whatsapp = await startWhatsappServer();
  gateway = await startGateway({
    config: {
      hooks: { enabled: true, token: 'the-token-of-the-hooks' },
      webhooks: { incoming: { endpoints: [{ path: 'push', verify: 'github', secret: 'the-secret-of-github', message: 'Pushed.' }] } },
      channels: { whatsapp: { ...whatsapp.section, allowFrom: [whatsapp.ann] } },
    },
  });
  await vi.waitFor(async () => expect((await gateway.client.call(getStatus, {})).channels['whatsapp']).toBe('connected'), { timeout: 8_000 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await whatsapp[Symbol.asyncDispose]();
});

const alerts = async (): Promise<readonly DurableEvent[]> => (await gateway.client.call(listEvents, { limit: '200' })).events.filter(({ type }) => type === 'security.alert');
const FORGED = 'sha256='.padEnd(71, '0');

test.each([
  ['/webhook/push', '127.0.1.1', { 'x-hub-signature-256': FORGED }],
  ['/hooks/wake', '127.0.1.2', { authorization: 'Bearer wrong' }],
  ['/channels/whatsapp', '127.0.1.3', { 'x-hub-signature-256': FORGED }],
])('%s', async (path, localAddress, headers) => {
  const statuses = new Set<number>();
  for (let n = 0; n < 25; n++) statuses.add((await deliver(gateway.url, { path, body: '{"text":"x"}', headers, localAddress })).status);
  expect([...statuses]).toEqual([401, 429]);
  const mine = async () => (await alerts()).filter(({ data }) => (data['details'] as { address?: string }).address === localAddress); // Of an alert, an object.
  await expect.poll(mine).toMatchObject([{ data: { alert: 'webhook_forgery', severity: 'high', details: { address: localAddress, at: path.startsWith('/hooks') ? '/hooks' : path }, more: 0 } }]);
});

test('a forged one now and then, as everybody gets, is no alarm', async () => {
  for (let n = 0; n < 5; n++) await deliver(gateway.url, { path: '/webhook/push', body: '{}', headers: { 'x-hub-signature-256': FORGED }, localAddress: '127.0.2.1' });
  expect(JSON.stringify(await alerts())).not.toContain('127.0.2.1');
});

test('each minute again, with how many there were; a flood from everywhere is one', async () => {
  let now = 0;
  const stored: NewEvent[] = [];
  const alarms = new Alarms({ store: { appendEvents: async (events) => void stored.push(...events) }, log: () => {}, now: () => now });
  const told = () => stored.map(({ data }) => [(data['details'] as { address?: string }).address, data['more']]); // Of an alert, an object.
  for (let n = 0; n < 9; n++) alarms.intrusion('webhook_forgery', { address: 'a' });
  alarms.intrusion('webhook_forgery', { address: 'b' });
  alarms.intrusion('credential_guessing', { address: 'a' });
  now = 60_000;
  alarms.intrusion('webhook_forgery', { address: 'a' });
  expect(told()).toEqual([['a', 0], ['b', 0], ['a', 0], ['a', 8]]);
  stored.length = 0;
  now = 1_000_000;
  for (let n = 0; n < 5_000; n++) alarms.intrusion('webhook_forgery', { address: `many-${n}` });
  expect(stored.length).toBeLessThan(110);
  expect(told().at(-1)).toEqual(['others', 0]);
});
