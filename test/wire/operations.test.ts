import { sendMessage } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { readMetrics } from './read-metrics.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }) });
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('health', () => {
  test('needs no credential and says nothing but ok', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(gateway.url + path);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ok: true });
    }
  });
});

describe('metrics', () => {
  const read = async () => readMetrics(await (await gateway.request('/metrics')).text());

  test('need the token', async () => {
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'auth_required' } });
  });

  test('are the text format, and move', async () => {
    const response = await gateway.request('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const count = async (operation: string, outcome: string) => (await read()).get(`openclaw_operation_seconds_count{operation="${operation}",outcome="${outcome}"}`) ?? 0;
    const before = [await count('messages.send', 'ok'), await count('messages.send', 'invalid_request')];
    await gateway.client.call(sendMessage, { text: 'Hi' });
    await gateway.request('/api/native/messages.send', { json: { text: 7 } });
    expect([await count('messages.send', 'ok'), await count('messages.send', 'invalid_request')]).toEqual(before.map((n) => n + 1));
    const metrics = await read();
    expect(metrics.get('openclaw_turns_running')).toBe(0);
    expect(metrics.get('openclaw_memory_bytes')).toBeGreaterThan(1_000_000);
    expect(metrics.get('openclaw_uptime_seconds')).toBeGreaterThan(0);
  });
});

test('each request is one line in the log, without its query and without a secret', async () => {
  const from = gateway.logged.length;
  await gateway.request(`/api/native/status.get?token=${gateway.token}&secret=hunter2`, { json: {} });
  await gateway.request('/nowhere?secret=hunter2');
  await fetch(`${gateway.url}/healthz?secret=hunter2`);
  await expect.poll(() => gateway.logged.slice(from).filter(({ message }) => message === 'request')).toHaveLength(3);
  const lines = gateway.logged.slice(from).filter(({ message }) => message === 'request');
  expect(lines).toMatchObject([
    { level: 'info', fields: { method: 'POST', path: '/api/native/status.get', status: 200, requestId: expect.stringMatching(/^req_/), ms: expect.any(Number), from: '127.0.0.1' } },
    { level: 'info', fields: { method: 'GET', path: '/nowhere', status: 404 } },
    { level: 'debug', fields: { path: '/healthz', status: 200 } },
  ]);
  const all = JSON.stringify(gateway.logged);
  expect(all).not.toContain(gateway.token);
  expect(all).not.toContain('hunter2');
});

test('equal requests at once, with one key, are one turn', async () => {
  const before = gateway.model.requests.length;
  const ask = () => gateway.request('/api/native/messages.send', { json: { session: 'once', text: 'Hi' }, headers: { 'idempotency-key': 'many' } });
  const answers = await Promise.all(Array.from({ length: 200 }, async () => {
    const response = await ask();
    return `${response.status} ${await response.text()}`;
  }));
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toMatch(/^200 /);
  expect(gateway.model.requests.length - before).toBe(1);
});
