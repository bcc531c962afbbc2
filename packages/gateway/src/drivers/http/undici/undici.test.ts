import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { openHttpClient } from './index.ts';

const http = openHttpClient();
afterAll(() => http.close());

const serve = async (listener: RequestListener) => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind of address
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
};

const read = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = '';
  for await (const bytes of body) text += Buffer.from(bytes).toString();
  return text;
};

test('a bad status is an answer', async () => {
  await using server = await serve((_, response) => response.writeHead(500, { 'x-a': 'b', 'set-cookie': ['c=1', 'd=2'] }).end('broken'));
  const response = await http.request(server.url, { method: 'GET' });
  expect(response).toMatchObject({ status: 500, headers: { 'x-a': 'b', 'set-cookie': 'c=1, d=2' } });
  expect(await response.text()).toBe('broken');
});

test('a redirect is not followed', async () => {
  await using server = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
  expect(await http.request(server.url, { method: 'GET' })).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
});

test('sends method, path, headers and body', async () => {
  await using server = await serve(async (incoming, response) => response.end(`${incoming.method} ${incoming.url} ${String(incoming.headers['x-a'])} ${await read(incoming)}`));
  const response = await http.request(`${server.url}/a?b=c`, { method: 'POST', headers: { 'x-a': '1' }, body: 'grüß' });
  expect(await response.text()).toBe('POST /a?b=c 1 grüß');
});

test.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:,hi', 'nonsense'])('does not dial %s', async (url) => {
  await expect(http.request(url, { method: 'GET' })).rejects.toThrow(TypeError);
});

test('rejects where nobody listens', async () => {
  await expect(http.request('http://127.0.0.1:1', { method: 'GET' })).rejects.toThrow(/ECONNREFUSED/);
});

test('reads no more of a text than the limit, and lets go of the rest', async () => {
  let closed = false;
  await using server = await serve((_, response) => {
    response.on('close', () => (closed = true));
    const more = (): void => void (response.destroyed || (response.write('é'.repeat(1000)), setImmediate(more)));
    more();
  });
  const response = await http.request(server.url, { method: 'GET' });
  expect(await response.text(5)).toBe('éé\uFFFD');
  await expect.poll(() => closed).toBe(true);
});

test('aborting ends the wait for an answer', async () => {
  await using server = await serve(() => undefined);
  const reason = new Error('enough');
  const controller = new AbortController();
  const waiting = http.request(server.url, { method: 'GET', signal: controller.signal });
  setTimeout(() => controller.abort(reason), 20);
  await expect(waiting).rejects.toBe(reason);
  await expect(http.request(server.url, { method: 'GET', signal: controller.signal })).rejects.toBe(reason);
});

test('aborting closes the connection while the body is read', async () => {
  let closed = false;
  await using server = await serve((_, response) => {
    response.on('close', () => (closed = true));
    response.write('a');
  });
  const controller = new AbortController();
  const response = await http.request(server.url, { method: 'GET', signal: controller.signal });
  const reading = read(response.body);
  controller.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  await expect.poll(() => closed).toBe(true);
});

test('silence ends the body with an error', async () => {
  await using server = await serve((_, response) => void response.write('a'));
  const response = await http.request(server.url, { method: 'GET', idleTimeoutMs: 100 });
  await expect(read(response.body)).rejects.toThrow(/timeout/i);
});

test('a cut connection ends the body with an error', async () => {
  await using server = await serve((_, response) => void response.write('a', () => response.destroy()));
  const response = await http.request(server.url, { method: 'GET' });
  await expect(read(response.body)).rejects.toThrow();
});

test('after closing it dials no more', async () => {
  await using server = await serve((_, response) => response.end('a'));
  const closing = openHttpClient();
  await (await closing.request(server.url, { method: 'GET' })).text();
  await closing.close();
  await expect(closing.request(server.url, { method: 'GET' })).rejects.toThrow('closed');
});
