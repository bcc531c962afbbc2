import { getStatus, listSessions, OPERATIONS, sendMessage } from '@openclaw/contract';
import { connect } from '@openclaw/client';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openRaw } from '../wire/raw-socket.ts';
import { verifies } from './verifies.ts';

const TOKEN = 'your-secret-gateway-token-here';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { OPENCLAW_AUTH_TOKEN: TOKEN }, script: () => ({ text: 'ok' }) });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ask = (path: string, headers: Record<string, string> = {}) => fetch(gateway.url + path, { method: 'POST', headers });

describe('who may ask', () => {
  verifies('s0.bearer', async () => {
    for (const { name } of OPERATIONS) expect((await ask(`/api/native/${name}`)).status, name).toBe(401);
    expect((await ask('/api/native/status.get', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  verifies('s2.bearer', async () => {
    for (const authorization of [TOKEN, `Basic ${TOKEN}`, `Token ${TOKEN}`, 'Bearer']) expect((await ask('/api/native/status.get', { authorization })).status).toBe(401);
  });

  verifies('s3.bearer', async () => {
    const reply = await connect({ baseUrl: gateway.url, token: TOKEN }).call(sendMessage, { session: 'main', text: 'Hello from the API!' });
    expect(reply).toMatchObject({ text: 'ok', sessionKey: 'agent:main:main' });
  });

  verifies('s0.token', async () => {
    // The support's token is found by the state directory; the configuration's comes before it.
    await using configured = await startGateway({ config: { gateway: { port: 18_789, token: 'your-secret-token' } } });
    expect(await connect({ baseUrl: configured.url, token: 'your-secret-token' }).call(getStatus, {})).toMatchObject({ ok: true });
    await expect(configured.client.call(getStatus, {})).rejects.toMatchObject({ code: 'auth_invalid' });
  });

  verifies('beyond.host-check', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`POST /api/native/status.get HTTP/1.1\r\nHost: 127.0.0.1.nip.io\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 0\r\n\r\n`);
    expect(await raw.until('wrong_host')).toMatch(/^HTTP\/1\.1 421/);
    raw.socket.destroy();
  });
});

describe('what is refused', () => {
  const refused = async (guessing: TestGateway): Promise<Response> => {
    for (let tries = 0; ; tries++) {
      const response = await fetch(`${guessing.url}/api/native/status.get`, { method: 'POST', headers: { authorization: `Bearer wrong-${tries}` } });
      if (response.status !== 401 || tries > 30) return response;
    }
  };

  verifies('s4.error-body', async () => {
    await using guessing = await startGateway();
    const response = await refused(guessing);
    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({ error: { code: 'rate_limited', message: expect.any(String), retry_after: expect.any(Number) } });
    for (const [path, status, code] of [['/api/none', 404, 'not_found'], ['/api/native/sessions.get', 401, 'auth_required']] as const) {
      const other = await ask(path);
      expect(other.status).toBe(status);
      expect(await other.json()).toEqual({ error: { code, message: expect.any(String) } });
    }
  });

  verifies('s4.retry-after', async () => {
    await using guessing = await startGateway();
    const response = await refused(guessing);
    const body = (await response.json()) as { error: { retry_after: number } }; // its form is checked above
    expect(response.headers.get('retry-after')).toBe(String(body.error.retry_after));
    expect(body.error.retry_after).toBeLessThanOrEqual(60);
  });

  verifies('s2.starting', async () => {
    await using stopping = await startGateway({ script: () => ({ delayMs: 300, text: 'ok' }) });
    const running = stopping.client.call(sendMessage, { text: 'Hi' });
    await stopping.model.until(() => stopping.model.requests.length === 1);
    const raw = await openRaw(stopping.url);
    raw.socket.write(`POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${stopping.token}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = stopping.stop();
    raw.socket.write('Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{"text":"Hi"}');
    expect(await raw.until('}}')).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: \d/i);
    await running;
    await stopped;
  });
});

describe('what the agent is told', () => {
  verifies('s2.context', async () => {
    await gateway.client.call(sendMessage, { text: 'Summarize the latest GitHub activity', workspace: 'team', userId: 'api-user', context: { timezone: 'America/New_York', language: 'en' } });
    const system = gateway.model.requests.at(-1)?.system;
    expect(system).toContain('(America/New_York)');
    expect(system).toContain('"en"');
  });
});

describe('models', () => {
  const claude = async (name: string): Promise<unknown> => {
    // Anthropic's own wire, at a server of our own.
    await using gateway = await startGateway({ script: () => ({ text: 'ok' }), config: { models: { providers: {} } } });
    const other = { api: 'anthropic', baseUrl: gateway.model.url, apiKey: 'key' };
    await using configured = await startGateway({ config: { model: 'openclaw/demo', models: { providers: { anthropic: other } } } });
    const reply = await configured.client.call(sendMessage, { text: 'Hi', options: { model: name } });
    expect(gateway.model.requests).toMatchObject([{ wire: 'anthropic', model: name, apiKey: 'key' }]);
    return reply;
  };

  verifies('s3.model-name', async () => expect(await claude('claude-sonnet-4-5')).toMatchObject({ model: 'anthropic/claude-sonnet-4-5' }));

  verifies('s4.model-name', async () => expect(await claude('claude-sonnet-4-20250514')).toMatchObject({ model: 'anthropic/claude-sonnet-4-20250514' }));

  verifies('s4.model-object', async () => {
    await using small = await startGateway({ config: { model: { provider: 'test', max_context: 8192 } } });
    expect(await small.client.call(getStatus, {})).toMatchObject({ model: 'test/model' });
    for (let n = 0; n < 5; n++) await small.client.call(sendMessage, { text: `${n} ${'word '.repeat(1_500)}` });
    // 8192 tokens hold fewer than the five messages of 2,000 tokens each.
    const last = small.model.requests.at(-1)?.messages ?? [];
    expect(last.filter(({ role }) => role === 'user').length).toBeLessThan(5);
    expect(last.at(-1)?.text).toMatch(/^4 /);
    expect((await small.client.call(listSessions, {})).sessions[0]?.messageCount).toBeGreaterThanOrEqual(10);
  });
});
