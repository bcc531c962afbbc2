import { GatewayError, getTurn, listSessions, sendMessage } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import { AuditTrail, owner } from '../../packages/gateway/src/engine/access/index.ts';
import { Gateway } from '../../packages/gateway/src/engine/gateway.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { Metrics } from '../../packages/gateway/src/kernel/metrics.ts';
import { nativeDialect } from '../../packages/gateway/src/surfaces/dialects/native/index.ts';
import { createHttpServer, type HttpServerOptions } from '../../packages/gateway/src/surfaces/kit/http/server.ts';
import { Doorkeeper } from '../../packages/gateway/src/surfaces/kit/wire/doorkeeper.ts';
import { Ports } from '../../packages/gateway/src/app/listen.ts';
import { startGateway } from '../support/gateway.ts';
import { openRaw } from './raw-socket.ts';

/** The web server over a door whose rooms are empty. */
const serverOver = (closed: boolean, more: Partial<HttpServerOptions> = {}) => {
  const metrics = new Metrics();
  const store = { findAnswer: async () => undefined, recordAnswer: async () => {}, audit: async () => {} };
  const gateway = new Gateway({ store, audit: new AuditTrail(store, silent), metrics, log: silent });
  gateway
    .handle(sendMessage, async () => ({ turnId: 't', sessionId: 's', sessionKey: 'k', status: 'queued' as const }))
    .handle(listSessions, async ({ limit, offset }) => ({ sessions: [], total: 0, limit, offset }));
  if (closed) gateway.close();
  const authenticator = { authenticate: () => owner, refresh: () => {} };
  const doorkeeper = new Doorkeeper(() => ({ allowedHosts: [], allowedOrigins: [], trustedProxies: [], authRequired: true }));
  return createHttpServer({
    gateway, dialects: [nativeDialect], authenticator, doorkeeper, corsMethods: () => [], metrics: () => metrics.text(),
    ready: async () => {}, isDraining: () => closed, log: silent, ...more,
  });
};

const headers = { host: '127.0.0.1', 'content-type': 'application/json' };

describe('while the gateway is stopping', () => {
  test('new work is refused with 503 and when to come back; reading goes on', async () => {
    const app = serverOver(true);
    const refused = await app.inject({ method: 'POST', url: '/api/native/messages.send', headers, payload: '{"text":"Hi"}' });
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect(refused.json()).toMatchObject({ error: { code: 'draining', retry_after: 5 } });
    const streamed = await app.inject({ method: 'POST', url: '/api/native/messages.send', headers: { ...headers, accept: 'text/event-stream' }, payload: '{"text":"Hi"}' });
    expect(streamed.statusCode).toBe(503);
    expect((await app.inject({ method: 'POST', url: '/api/native/sessions.list', headers, payload: '{}' })).statusCode).toBe(200);
    await app.close();
  });
});

test('before there is anything behind the ports, they say that it is coming', async () => {
  const ports = new Ports();
  const port = await ports.take('127.0.0.1', 0);
  const asked = await fetch(`http://127.0.0.1:${port}/api/status`);
  expect([asked.status, asked.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await asked.json()).toMatchObject({ error: { code: 'starting' } });
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  const raw = await openRaw(`http://127.0.0.1:${port}`);
  raw.socket.write('GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(await raw.closed()).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1/);
  ports.lead({ request: (_, response) => void response.end('here'), upgrade: (_, socket) => socket.destroy() });
  expect(await (await fetch(`http://127.0.0.1:${port}/api/status`)).text()).toBe('here');
  await ports.close(100);
});

test('not ready while it drains, and while the store takes no writes', async () => {
  const ready = (app: ReturnType<typeof serverOver>) => app.inject({ url: '/readyz', headers });
  expect((await ready(serverOver(false))).json()).toEqual({ ok: true });
  expect(await ready(serverOver(true))).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
  const broken = await ready(serverOver(false, { ready: () => Promise.reject(new GatewayError('store_unavailable', 'The store takes no writes now')) }));
  expect(broken.statusCode).toBe(503);
  expect(broken.json()).toMatchObject({ error: { code: 'store_unavailable' } });
  const surprised = await ready(serverOver(false, { ready: () => Promise.reject(new Error('/secret/path is gone')) }));
  expect(surprised.statusCode).toBe(500);
  expect(surprised.body).not.toContain('secret');
});

test('what was asked last is answered, and is in the audit trail too', async () => {
  const audited: string[] = [];
  await using gateway = await startGateway({
    script: () => ({ delayMs: 300, text: 'ok' }),
    store: (store) => ({
      ...store,
      recordAnswer: async (once, answer) => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await store.recordAnswer(once, answer);
      },
      audit: async (entries) => {
        await store.audit(entries);
        audited.push(...entries.map(({ operation, outcome }) => `${operation} ${outcome}`));
      },
    }),
  });
  const last = gateway.client.call(sendMessage, { text: 'Hi' }, { idempotencyKey: 'last' });
  await gateway.model.until(() => gateway.model.requests.length === 1);
  await gateway.stop();
  await last;
  expect(audited).toEqual(['messages.send ok']);
  expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a request that was on its way when the stop began gets its 503, and the turn that runs its end', async () => {
  await using gateway = await startGateway({ script: () => ({ delayMs: 500, text: 'done before the end' }) });
  const first = gateway.client.call(sendMessage, { text: 'Hi' });
  await gateway.model.until(() => gateway.model.requests.length === 1);
  const raw = await openRaw(gateway.url);
  raw.socket.write(`POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${gateway.token}\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stopped = gateway.stop();
  raw.socket.write('Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{"text":"more"}');
  const text = await raw.until('}}');
  expect(text).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 5[^]*"code":"draining"/i);
  expect(await first).toMatchObject({ text: 'done before the end' });
  await stopped;
  await using again = await startGateway({ folder: gateway.folder });
  expect(await again.client.call(getTurn, { turn: (await first).turnId })).toMatchObject({ state: 'done' });
});

test('a request that never ends does not keep the gateway from stopping', async () => {
  await using gateway = await startGateway();
  const raw = await openRaw(gateway.url);
  raw.socket.write('POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const since = performance.now();
  await gateway.stop();
  expect(performance.now() - since).toBeLessThan(3_000);
});
