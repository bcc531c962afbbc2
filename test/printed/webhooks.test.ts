/** The outgoing webhooks of three documents: their configurations, requests, receivers and verifiers as printed, only the hosts are ours. */
import { runTask, sendMessage } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { needs } from '../support/debian.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts';
import { type Received, type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { verifies } from '../requirements/verifies.ts';
import { ask, like } from './ask.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed, printedJson, printedRequest } from './printed.ts';

let receiver: Receiver;
let desk: Desk;
beforeAll(async () => {
  [receiver, desk] = await Promise.all([startReceiver(), makeDesk()]);
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const script: TestGatewayOptions['script'] = ({ messages }) => (messages.at(-1)?.text.includes('fail') ? { status: 400, message: 'No.' } : { text: 'Deployed.', usage: { inputTokens: 800, outputTokens: 42 } });

/** A gateway with a printed configuration, its hosts made paths of the receiver; and a hand in its store, for what no test can make happen. */
const withConfig = async (snippet: string, hosts: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<TestGateway & { readonly store: Store }> => {
  const here = receiver.url.replace(/^http:\/\/(.*)\/hook$/, '$1');
  const text = hosts.reduce((adapted, host) => {
    if (!adapted.includes(`https://${host}`)) throw new Error(`${snippet} does not hold ${host}`);
    return adapted.replaceAll(`https://${host}`, `http://${here}/${host}`);
  }, printed(snippet));
  let kept: Store | undefined;
  const gateway = await startGateway({ config: JSON.parse(text) as Record<string, unknown>, script, deliveryPace: 0.0001, env, store: (store) => (kept = store) });
  if (!kept) throw new Error('no store was opened');
  return Object.assign(gateway, { store: kept });
};

const got = async (path: string, count = 1): Promise<readonly Received[]> => {
  const mine = () => receiver.received.filter((one) => one.path.startsWith(`/${path}`));
  await expect.poll(() => mine().length, { timeout: 5_000 }).toBeGreaterThanOrEqual(count);
  return mine();
};

describe('egress of the second document', () => {
  verifies('s1.egress', async () => {
    await using gateway = await withConfig('s1-egress.jsonc', ['hooks.slack.com', 'events.pagerduty.com', 'your-app.example.com', 'your-siem.example.com', 'your-monitoring.example.com'], { APP_API_KEY: 'key-of-the-app' });
    await gateway.client.call(runTask, { task: 'Deploy', label: 'Deployment' });
    await gateway.client.call(sendMessage, { text: 'fail' }).catch(() => {});
    await gateway.client.call(sendMessage, { text: 'From afar', context: { channel: 'telegram', user: '123456789' } });
    for (let guesses = 0; guesses < 30; guesses++) await gateway.request('/api/v1/status', { headers: { authorization: `Bearer wrong-${guesses}` } });
    await gateway.store.appendEvents([{ id: 'evt_disconnected', type: 'channel.disconnected', at: Date.now(), data: { channel: 'telegram', error: 'ECONNRESET' } }]);
    const [slack] = await got('hooks.slack.com');
    expect(slack?.json).toMatchObject({ event: 'agent.task.completed', data: { task_name: 'Deployment', result: 'Deployed.', duration: expect.any(Number) } });
    const [pagerduty] = await got('events.pagerduty.com/v2/enqueue');
    expect(pagerduty?.json).toMatchObject({ event: 'agent.error', data: { message: expect.any(String), stack: null, context: expect.any(Object) } });
    const [app] = await got('your-app.example.com/agent-messages');
    expect(app?.json).toMatchObject({ event: 'channel.message.received', data: { channel: 'telegram', sender: '123456789', text: 'From afar' } });
    expect(app?.headers['authorization']).toBe('Bearer key-of-the-app');
    const [siem] = await got('your-siem.example.com');
    expect(siem?.json).toMatchObject({ event: 'security.alert', data: { type: 'credential_guessing', severity: 'high', details: { address: '127.0.0.1' } } });
    const [monitoring] = await got('your-monitoring.example.com');
    expect(monitoring?.json).toMatchObject({ event: 'channel.disconnected', data: { channel: 'telegram', error: 'ECONNRESET' } });
    // The other messages came from elsewhere, and nothing is signed where nobody gave a secret.
    expect(await got('your-app.example.com')).toHaveLength(1);
    expect(app?.headers).not.toHaveProperty('x-openclaw-signature');
    // What variables hold is shown to nobody.
    expect(await (await gateway.request('/api/v1/config')).text()).not.toContain('key-of-the-app');
    expect(await (await gateway.request('/api/v1/webhooks')).text()).not.toContain('key-of-the-app');
  });

  verifies('s1.egress-filter', async () => {
    const entry = JSON.parse(printed('s1-egress-filter.jsonc', { 'https://your-app.example.com/vip-messages': receiver.url.replace('/hook', '/vip') })) as object;
    await using gateway = await startGateway({ config: { webhooks: { outgoing: [entry] } } });
    for (const user of ['somebody', 'boss-user-id']) await gateway.client.call(sendMessage, { text: `I am ${user}`, context: { channel: 'telegram', user } });
    expect((await got('vip')).map(({ json }) => json.data['text'])).toEqual(['I am boss-user-id']);
  });

  verifies('s1.egress-transform', async () => {
    await using slack = await withConfig('s1-slack-egress.jsonc', ['hooks.slack.com']);
    const before = (await got('hooks.slack.com', 0)).length;
    await slack.client.call(runTask, { task: 'Deploy "all" of it\nnow' });
    expect((await got('hooks.slack.com', before + 1)).at(-1)?.json).toEqual({ text: 'OpenClaw completed: Deploy "all" of it — Deployed.' });
  });

  verifies('s1.egress-pagerduty', async () => {
    await using gateway = await withConfig('s1-pagerduty-egress.jsonc', ['events.pagerduty.com'], { PAGERDUTY_ROUTING_KEY: 'routing-key-of-a-service' });
    const before = (await got('events.pagerduty.com', 0)).length;
    await gateway.client.call(sendMessage, { text: 'please fail' }).catch(() => {});
    expect((await got('events.pagerduty.com', before + 1)).at(-1)?.json).toEqual({
      routing_key: 'routing-key-of-a-service',
      event_action: 'trigger',
      payload: { summary: expect.stringMatching(/^OpenClaw error: .+/), severity: 'error', source: 'openclaw-agent' },
    });
    expect(await (await gateway.request('/api/v1/webhooks')).text()).not.toContain('routing-key-of-a-service');
  });

  verifies('s1.egress-datadog', async () => {
    await using gateway = await withConfig('s1-datadog-egress.jsonc', ['http-intake.logs.datadoghq.com'], { DATADOG_API_KEY: 'key-of-datadog' });
    await gateway.client.call(sendMessage, { text: 'fail' }).catch(() => {});
    const [log] = await got('http-intake.logs.datadoghq.com/api/v2/logs');
    expect(log?.headers).toMatchObject({ 'dd-api-key': 'key-of-datadog', 'content-type': 'application/json' });
    expect(log?.json.event).toBe('agent.error');
  });

  verifies('s1.egress-n8n', async () => {
    await using gateway = await withConfig('s1-n8n-egress.jsonc', ['your-n8n.example.com']);
    // A run that a webhook began is a piece of work too.
    await gateway.client.call(sendMessage, { text: 'Generate the report', context: { channel: 'webhook' } });
    const [workflow] = await got('your-n8n.example.com/webhook/agent-complete');
    expect(workflow?.json).toMatchObject({ event: 'agent.task.completed', data: { task_name: 'main', result: 'Deployed.' } });
  });
});

describe('outbound webhooks of the third document', () => {
  verifies('s2.outbound', async () => {
    await using gateway = await withConfig('s2-outbound.jsonc', ['your-app.com'], { WEBHOOK_SECRET: 'secret-of-the-app' });
    await gateway.client.call(sendMessage, { text: 'Summarise', workspace: 'team', userId: 'telegram:123456789', context: { channel: 'telegram' } });
    await gateway.client.call(sendMessage, { text: 'fail' }).catch(() => {});
    await gateway.request('/api/sessions/main', { method: 'DELETE' });
    await got('your-app.com/openclaw-events', 7);
    const all = await got('your-app.com/openclaw-events');
    expect(new Set(all.map(({ json }) => json.event))).toEqual(new Set(['message.received', 'message.sent', 'session.started', 'session.ended', 'error.agent']));
    const example = printedJson('s2-webhook-payload.jsonc');
    const sent = all.find(({ json }) => json.event === 'message.sent')?.json;
    expect(sent).toEqual(like(example));
    // Everything in it is a field of the printed example, of the same kind.
    expect(sent?.data).toEqual(like(example['data'] as Record<string, unknown>));
    expect(sent?.data).toMatchObject({ workspace: 'team', userId: 'telegram:123456789', channel: 'telegram', response: 'Deployed.', tokensUsed: 842 });
  });

  verifies('s2.express-webhook', async () => {
    const port = await freePort();
    const program = `const express = require('express');\nconst app = express();\n${printed('s2-verify-webhook.js')}\n${printed('s2-express-webhook.js')}\napp.listen(${port}, '127.0.0.1', () => console.log('listening'));\n`;
    const listening = desk.run('node', [await desk.write('receiver.cjs', program)], { WEBHOOK_SECRET: 'secret-of-the-app' });
    await listening.until('listening');
    const config = { webhooks: { outbound: [{ url: `http://127.0.0.1:${port}/openclaw-events`, secret: 'secret-of-the-app', events: ['message.sent'], retries: 3, timeoutMs: 5000 }] } };
    await using gateway = await startGateway({ config, script });
    await gateway.client.call(sendMessage, { text: 'Hello' });
    await listening.until('Event: message.sent');
    const answer = await fetch(`http://127.0.0.1:${port}/openclaw-events`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-openclaw-signature': 'sha256=00' }, body: '{}' });
    expect(answer.status).toBe(401);
    await listening.stop();
  });
});

const freePort = async (): Promise<number> => {
  await using one = await startReceiver();
  return one.port;
};

describe('webhooks of the fifth document', () => {
  verifies('s4.webhooks', async () => {
    await using gateway = await startGateway();
    const { status, json } = await ask(gateway, printedRequest('s4-register-webhook.http', { 'your-server.com': '203.0.114.7' }));
    expect([status, json['events'], json['url']]).toEqual([201, ['task.completed', 'task.failed', 'skill.installed'], 'https://203.0.114.7/openclaw-webhook']);
    expect(json).not.toHaveProperty('secret');
    const listed = await ask(gateway, { method: 'GET', path: '/api/v1/webhooks', body: undefined });
    expect(listed.json).toMatchObject({ total: 1, webhooks: [{ id: json['id'] }] });
    expect(listed.text).not.toContain('your-webhook-secret');
    expect((await ask(gateway, { method: 'DELETE', path: `/api/v1/webhooks/${String(json['id'])}`, body: undefined })).json).toEqual({ deleted: true });
    expect((await ask(gateway, { method: 'GET', path: '/api/v1/webhooks', body: undefined })).json).toMatchObject({ total: 0 });
  });

  verifies('s4.webhook-payload', async () => {
    await using gateway = await startGateway({ script });
    await ask(gateway, { method: 'POST', path: '/api/v1/webhooks', body: JSON.stringify({ url: receiver.url.replace('/hook', '/s4'), events: ['task.started', 'task.completed', 'task.failed'], secret: 'your-webhook-secret' }) });
    await gateway.client.call(runTask, { task: 'Summarize the latest git commits' });
    await gateway.client.call(runTask, { task: 'fail' }).catch(() => {});
    await got('s4', 4);
    const all = await got('s4');
    expect(all.map(({ json }) => json.event).toSorted()).toEqual(['task.completed', 'task.failed', 'task.started', 'task.started']);
    const example = printedJson('s4-webhook-payload.jsonc');
    const completed = all.find(({ json }) => json.event === 'task.completed');
    expect(completed?.json).toEqual(like(example));
    expect(completed?.json.data).toEqual(like(example['data'] as Record<string, unknown>));
    // The printed verifier, as a module of its own.
    const path = await desk.write('verify.mjs', `${printed('s4-verify-webhook.mjs')}\nexport { verifyWebhook };\n`);
    const { verifyWebhook } = (await import(path)) as { readonly verifyWebhook: (payload: string, signature: string, secret: string) => boolean };
    for (const { body, headers } of all) {
      expect(verifyWebhook(body, headers['x-openclaw-signature'] ?? '', 'your-webhook-secret')).toBe(true);
      expect(verifyWebhook(`${body} `, headers['x-openclaw-signature'] ?? '', 'your-webhook-secret')).toBe(false);
    }
  });

});

const missing = await needs('curl');
describe.skipIf(missing)(`the Slack example${missing}`, () => {
  verifies('s4.slack-example', async () => {
    const port = await freePort();
    const places = { 'app.listen(4000': `app.listen(${port}` };
    const program = desk.run('node', [await desk.write('slack-receiver.mjs', printed('s4-slack-receiver.mjs', places))], {
      OPENCLAW_WEBHOOK_SECRET: 'your-secret-here', SLACK_WEBHOOK_URL: receiver.url.replace('/hook', '/slack'),
    });
    await program.until('Webhook receiver on port 4000');
    await using gateway = await startGateway({ script });
    const bash = (text: string) => desk.run('bash', ['-c', text], { TOKEN: gateway.token }).ended;
    const registered = await bash(printed('s4-register-webhook.sh', { 'http://localhost:3000': gateway.url, 'localhost:4000': `localhost:${port}` }));
    expect(JSON.parse(registered.out)).toMatchObject({ url: `http://localhost:${port}/openclaw-webhook`, events: ['task.completed', 'task.failed'] });
    await bash(printed('s4-test-it.sh', { 'http://localhost:3000': gateway.url }));
    expect((await got('slack'))[0]?.body).toMatch(/^\{"text":"OpenClaw task completed: \\"List the files in the current directory\\" \(\d+ms\)"\}$/);
    await program.stop();
  });
});
