import { createWebhook, getWebhook, listDeliveries, listWebhooks, sendMessage, testWebhook } from '@openclaw/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { type Home, makeHome, run } from './program.ts';

let gateway: TestGateway;
let receiver: Receiver;
let home: Home;
let env: Record<string, string>;
let status = 200;
beforeAll(async () => {
  gateway = await startGateway({ deliveryPace: 0.0001 });
  receiver = await startReceiver(() => status);
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const idOf = (out: string): string => /wh_\w+/.exec(out)?.[0] ?? '';

test('webhooks: added, listed, tested, changed, switched off and on, removed', async () => {
  expect(await run(['webhooks', 'list'], env)).toMatchObject({ code: 0, out: '', err: expect.stringContaining('openclaw webhooks add') });
  expect(await run(['webhooks', 'add', receiver.url], env)).toMatchObject({ code: 2, err: expect.stringContaining('--events') });
  const added = await run(['webhooks', 'add', receiver.url, '--events', 'message.received, task.*', '--header', 'X-Team: blue', '--filter', '{"workspace": "main"}', '--name', 'Mine'], env);
  expect(added.out).toMatch(/Secret: +whsec_\S{44}\nSave this secret immediately/);
  expect(added.out).toMatch(/Headers: +X-Team\n/);
  const id = idOf(added.out);
  const listed = await run(['webhooks', 'list'], env);
  expect(listed.out).toContain(`+  ${id}`);
  expect(listed.out).not.toContain('whsec_');
  expect(listWebhooks.output.shape.webhooks.parse((JSON.parse((await run(['webhooks', 'list', '--json'], env)).out) as { webhooks: unknown }).webhooks)).toHaveLength(1);
  expect(getWebhook.output.parse(JSON.parse((await run(['webhooks', 'show', id, '--json'], env)).out))).toMatchObject({ id, name: 'Mine', filter: { workspace: 'main' } });
  expect(await run(['webhooks', 'test', id], env)).toMatchObject({ code: 0, out: expect.stringMatching(/^taken with 200 after \d+ ms\n/) });
  status = 500;
  const failed = await run(['webhooks', 'test', id, '--json'], env);
  expect([failed.code, testWebhook.output.parse(JSON.parse(failed.out)).ok]).toEqual([1, false]);
  expect((await run(['webhooks', 'update', id, '--retries', '0', '--events', 'message.received', '--transform', '{"text": "{{event.text}}"}'], env)).out).toMatch(/Tries: +1\n/);
  expect((await run(['webhooks', 'rotate', id, '--secret', 'a-secret-of-mine'], env)).out).not.toContain('a-secret-of-mine');
  expect((await run(['webhooks', 'rotate', id], env)).out).toMatch(/Secret: +whsec_/);

  await gateway.client.call(sendMessage, { text: 'Hello' });
  await expect.poll(async () => (await run(['webhooks', 'deliveries', id], env)).out).toMatch(/failed +\S.* +message\.received +1 +answered 500 +evt_msg_\w+/);
  status = 200;
  const { deliveries } = listDeliveries.output.pick({ deliveries: true }).parse(JSON.parse((await run(['webhooks', 'deliveries', id, '--json', '--state', 'failed'], env)).out));
  expect(await run(['webhooks', 'replay', id, deliveries[0]?.id ?? ''], env)).toMatchObject({ code: 0, out: `${deliveries[0]?.id} is sent again\n` });
  await expect.poll(() => receiver.received.at(-1)?.body).toBe('{"text":"Hello"}');
  await expect.poll(async () => (await run(['webhooks', 'deliveries', id], env)).out).toMatch(/delivered .* 2 +200/);
  expect(await run(['webhooks', 'replay', id, '--since', '1h', '--delivered'], env)).toMatchObject({ code: 0, out: '1 delivery is sent\n' });
  expect(await run(['webhooks', 'replay', id], env)).toMatchObject({ code: 2, err: expect.stringContaining('--since') });

  expect((await run(['webhooks', 'disable', id], env)).out).toMatch(/State: +switched off: switched off by gateway token\n/);
  expect((await run(['webhooks', 'list'], env)).out).toContain(`-  ${id}`);
  expect((await run(['webhooks', 'enable', id], env)).out).toMatch(/State: +in use\n/);
  expect(await run(['webhooks', 'remove', id], env)).toEqual({ code: 0, out: `${id} is removed\n`, err: '' });
  expect(await run(['webhooks', 'show', id], env)).toMatchObject({ code: 1, err: expect.stringContaining('[webhook_not_found]') });
});

test('what is wrong is said in words', async () => {
  expect(await run(['webhooks', 'add', 'https://app.example/', '--events', 'tusk.completed'], env)).toMatchObject({ code: 1, err: expect.stringContaining('there are agent.error') });
  expect(await run(['webhooks', 'add', 'https://app.example/', '--events', '*', '--filter', 'x'], env)).toMatchObject({ code: 2, err: expect.stringContaining('--filter: this is not JSON') });
  expect(await run(['webhooks', 'add', 'https://app.example/', '--events', '*', '--header', 'x'], env)).toMatchObject({ code: 2, err: expect.stringContaining('Name: value') });
  expect(createWebhook.output.parse(JSON.parse((await run(['webhooks', 'add', 'https://app.example/', '--events', '*', '--json'], env)).out)).secret).toMatch(/^whsec_/);
});
