import { getStatus } from '@openclaw/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openRaw, rawStatus } from './raw-socket.ts';

const TOKEN = 'token-of-the-raw-http-tests';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { OPENCLAW_AUTH_TOKEN: TOKEN }, config: { gateway: { port: 18789, allowedHosts: ['agent.example.com', '192.168.1.5'] } } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

// Whatever a test did to it: the gateway is there for others.
afterEach(async () => {
  expect(await gateway.client.call(getStatus, {})).toMatchObject({ ok: true });
});

const status = (lines: readonly string[], body?: string) => rawStatus(gateway.url, lines, body);
const post = (...headers: string[]) => ['POST /api/native/status.get HTTP/1.1', `Authorization: Bearer ${TOKEN}`, 'Content-Type: application/json', ...headers];

describe('the Host of a request', () => {
  test.each(['127.0.0.1', '127.0.0.1:18789', 'localhost', 'LOCALHOST:3000', '[::1]:18789', 'agent.example.com', 'Agent.Example.Com:443', '192.168.1.5:18789'])('%s is served', async (host) => {
    expect(await status(['GET /healthz HTTP/1.1', `Host: ${host}`])).toBe(200);
  });

  test.each([
    'evil.com', '127.0.0.1.nip.io', 'localhost.', 'localhost.evil.com', 'evil.com#localhost', 'localhost@evil.com', 'owner:x@localhost', '127.0.0.1:80:80', '127.0.0.1:x',
    '127.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::1', '', ' ', 'agent.example.com.evil.com', 'localhost/x', 'localhost\\x',
  ])('%j is refused', async (host) => {
    expect([400, 421]).toContain(await status(['GET /healthz HTTP/1.1', `Host: ${host}`]));
    expect([400, 421]).toContain(await status(post(`Host: ${host}`, 'Content-Length: 2'), '{}'));
  });

  test('missing, or there twice, is refused', async () => {
    expect(await status(['GET /healthz HTTP/1.1'])).toBe(421);
    expect(await status(['GET /healthz HTTP/1.1', 'Host: 127.0.0.1', 'Host: evil.com'])).toBe(421);
    expect(await status(['GET /healthz HTTP/1.1', 'Host: evil.com', 'Host: 127.0.0.1'])).toBe(421);
    expect(await status(['GET /healthz HTTP/1.1', 'Host: 127.0.0.1', 'host: 127.0.0.1'])).toBe(421);
  });

  test('is refused in words that say what to do', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write('GET /healthz HTTP/1.1\r\nHost: evil.com\r\n\r\n');
    expect(await raw.until('}}')).toMatch(/^HTTP\/1\.1 421 [^]*"code":"wrong_host"[^]*gateway\.allowedHosts/);
    raw.socket.destroy();
  });

  test('counts, not what is said to be forwarded', async () => {
    for (const header of ['X-Forwarded-Host: 127.0.0.1', 'Forwarded: host=127.0.0.1', 'X-Original-URL: /healthz', 'X-Host: localhost']) {
      expect(await status(['GET /healthz HTTP/1.1', 'Host: evil.com', header])).toBe(421);
    }
    expect(await status(['GET http://evil.com/healthz HTTP/1.1', 'Host: 127.0.0.1'])).toBe(400);
  });
});

describe('a request that two servers could read as two', () => {
  const host = 'Host: 127.0.0.1';
  test.each([
    ['a length and chunks', post(host, 'Content-Length: 5', 'Transfer-Encoding: chunked'), '0\r\n\r\n'],
    ['two lengths', post(host, 'Content-Length: 2', 'Content-Length: 3'), '{}'],
    ['a length with a sign', post(host, 'Content-Length: +2'), '{}'],
    ['an unknown coding', post(host, 'Transfer-Encoding: xchunked'), '0\r\n\r\n'],
    ['chunks that are not last', post(host, 'Transfer-Encoding: chunked, identity'), '0\r\n\r\n'],
    ['a folded header', post(host, 'X-One: a\r\n b'), ''],
    ['a space before the colon', post(host, 'Content-Length : 2'), '{}'],
    ['NUL in a value', post(host, 'X-One: a\0b'), ''],
    ['no such version', ['GET /healthz HTTP/9.9', host], ''],
    ['a chunk of nonsense', post(host, 'Transfer-Encoding: chunked'), 'zz\r\n{}\r\n0\r\n\r\n'],
    ['headers past all measure', post(host, `X-One: ${'x'.repeat(70_000)}`), ''],
    ['a method nobody knows', [`${'X'.repeat(1_000)} /healthz HTTP/1.1`, host], ''],
  ])('%s: refused and hung up', async (_name, lines, body) => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
    const text = await raw.closed();
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"code":"invalid_request"');
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test('bare line feeds smuggle no second request in', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write('GET /healthz HTTP/1.1\nHost: 127.0.0.1\nX: y\n\nGET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    expect(await raw.closed()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(['TRACE', 'PROPFIND', 'LOCK', 'PUT'])('the method %s does nothing', async (method) => {
    expect([400, 404, 405, 501]).toContain(await status([`${method} /api/native/status.get HTTP/1.1`, host]));
  });

  test('an upgrade nobody offers leaves no socket behind', async () => {
    for (const protocol of ['h2c', 'websocket']) {
      const raw = await openRaw(gateway.url);
      raw.socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`);
      expect(await raw.closed()).not.toMatch(/^HTTP\/1\.1 101/);
    }
  });
});

describe('a credential', () => {
  test.each([
    ['without its word', () => [`Authorization: ${TOKEN}`]],
    ['without itself', () => ['Authorization: Bearer']],
    ['of another kind', () => [`Authorization: Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}`]],
    ['with something behind it', () => [`Authorization: Bearer ${TOKEN} x`]],
    ['in the address', () => ['X-None: 1']],
    ['in a cookie', () => [`Cookie: token=${TOKEN}`]],
  ])('%s opens nothing', async (_name, headers) => {
    expect(await status([`POST /api/native/status.get?token=${TOKEN} HTTP/1.1`, 'Host: 127.0.0.1', 'Content-Type: application/json', 'Content-Length: 2', ...headers()], '{}')).toBe(401);
  });

  test('is taken however its word is spelled', async () => {
    expect(await status(['POST /api/native/status.get HTTP/1.1', 'Host: 127.0.0.1', `authorization: bearer  ${TOKEN}`, 'Content-Length: 0'])).toBe(200);
  });
});

test('a head that is too long is refused in words, also on a connection that had answers before', async () => {
  const raw = await openRaw(gateway.url);
  raw.socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await raw.until('{"ok":true}');
  raw.socket.write(`GET /healthz?${'x'.repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  expect(await raw.closed()).toMatch(/HTTP\/1\.1 400 [^]*"code":"invalid_request"/);
});
