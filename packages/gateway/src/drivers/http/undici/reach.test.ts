import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Reach, TargetRefused } from '../../../engine/ports/http-client.ts';
import { NAMES, OUT_OF_REACH } from './__fixtures__/out-of-reach.ts';
import { type HttpClientOptions, openHttpClient, type OpenHttpClient } from './index.ts';

/** A client that dials nothing: what it would have dialled is listed. */
const watched = (options: HttpClientOptions = {}) => {
  const dialled: string[] = [];
  const resolved: string[] = [];
  const http = openHttpClient({
    resolve: async (host) => {
      resolved.push(host);
      return NAMES[host] ?? [];
    },
    dial: ({ hostname, port, protocol }, callback) => {
      dialled.push(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`);
      callback(new Error('dialled in a test'), null);
    },
    ...options,
  });
  return { http, dialled, resolved };
};

let open: OpenHttpClient[] = [];
afterEach(async () => {
  await Promise.all(open.map((http) => http.close()));
  open = [];
});

const go = async (url: string, reach: Reach, options: HttpClientOptions = {}) => {
  const { http, dialled, resolved } = watched(options);
  open.push(http);
  const failed = await http.request(url, { method: 'POST', body: '{}', reach }).then(() => undefined, (thrown: unknown) => thrown);
  return { failed, dialled, resolved };
};

test.each(OUT_OF_REACH)('%j is refused before anything is dialled', async (url) => {
  const { failed, dialled } = await go(url, { private: false });
  expect(failed).toBeInstanceOf(Error);
  expect((failed as Error).message).not.toContain('dialled in a test');
  expect(dialled).toEqual([]);
  const { http } = watched();
  open.push(http);
  await expect(http.checkReach(url, { private: false })).rejects.toBeInstanceOf(TargetRefused);
});

test.each([
  ['http://good.example/a', '198.41.0.4:80'], ['https://good.example/', '198.41.0.4:443'], ['http://good.example:8080/', '198.41.0.4:8080'], ['http://8.8.8.8/', '8.8.8.8:80'],
  ['http://[2606:4700::1111]/', '2606:4700::1111:80'], ['http://good.example#@127.0.0.1', '198.41.0.4:80'], ['http://172.15.255.255/', '172.15.255.255:80'],
  ['http://172.32.0.0/', '172.32.0.0:80'], ['http://100.63.255.255/', '100.63.255.255:80'], ['http://100.128.0.0/', '100.128.0.0:80'], ['http://9.255.255.255/', '9.255.255.255:80'],
  ['http://11.0.0.0/', '11.0.0.0:80'], ['http://128.0.0.0/', '128.0.0.0:80'], ['http://198.17.255.255/', '198.17.255.255:80'], ['http://223.255.255.255/', '223.255.255.255:80'],
])('%s is dialled at %s', async (url, address) => {
  const { dialled } = await go(url, { private: false });
  expect(dialled[0]).toBe(address);
});

test('a name is resolved once, and what was checked is what is dialled', async () => {
  let asked = 0;
  const { dialled } = await go('http://rebind.example/', { private: false }, { resolve: async () => (asked++ === 0 ? ['198.41.0.4'] : ['127.0.0.1']) });
  expect(dialled).toEqual(['198.41.0.4:80']);
  expect(asked).toBe(1);
});

describe('what is private', () => {
  test.each<[string, Reach['private'], boolean]>([
    ['http://127.0.0.1:9/', true, true], ['http://localhost:9/', true, true], ['http://169.254.169.254/', true, true],
    ['http://10.1.2.3/', ['10.0.0.0/8'], true], ['http://10.1.2.3/', ['10.1.2.3'], true], ['http://11.0.0.1/', ['10.0.0.0/8'], true], ['http://192.168.0.1/', ['10.0.0.0/8'], false],
    ['http://[::ffff:10.1.2.3]/', ['10.0.0.0/8'], true], ['http://[fd00::1]/', ['fd00::/8'], true], ['http://[fe80::1]/', ['fd00::/8'], false],
    ['http://n8n:5678/', ['n8n'], true], ['http://N8N.:5678/', ['n8n'], true], ['http://n8n:5678/', ['N8n.'], true], ['http://evil-n8n/', ['n8n'], false], ['http://172.18.0.3/', ['n8n'], false],
    ['http://half.example/', ['10.0.0.0/8'], true],
  ])('%s within %j: %s', async (url, allowed, reached) => {
    const names = { ...NAMES, 'n8n.': ['172.18.0.3'], 'evil-n8n': ['172.18.0.3'] };
    const { failed, dialled } = await go(url, { private: allowed }, { resolve: async (host) => names[host as keyof typeof names] ?? [] });
    expect(dialled.length > 0).toBe(reached);
    if (!reached) expect(failed).toBeInstanceOf(TargetRefused);
  });
});

test("the gateway's own ports are out of reach by every address of this machine", async () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address)));
  for (const host of ['127.0.0.1', '127.8.9.10', 'localhost', '[::1]', '[::]', '0.0.0.0', '[::ffff:127.0.0.1]', ...own.filter((one) => !one.includes('%'))]) {
    for (const port of [18789, 3000]) {
      const { failed, dialled } = await go(`http://${host}:${port}/`, { private: true }, { ownPorts: () => [18789, 3000] });
      expect(failed, host).toBeInstanceOf(TargetRefused);
      expect(dialled, host).toEqual([]);
    }
  }
  expect((await go('http://127.0.0.1:4000/', { private: true }, { ownPorts: () => [18789] })).dialled).toEqual(['127.0.0.1:4000']);
  expect((await go('http://127.0.0.1/', { private: true }, { ownPorts: () => [80] })).failed).toBeInstanceOf(TargetRefused);
});

test('no proxy of the environment is asked', async () => {
  let asked = 0;
  const proxy = createServer((_, response) => void (asked++, response.end())).on('connect', () => asked++).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  const { port } = proxy.address() as AddressInfo; // a TCP server has no other kind of address
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) vi.stubEnv(name, `http://127.0.0.1:${port}`);
  expect((await go('http://10.0.0.1/', { private: false })).failed).toBeInstanceOf(TargetRefused);
  expect((await go('http://good.example/', { private: false })).dialled).toEqual(['198.41.0.4:80', '2606:4700::1111:80']);
  expect(asked).toBe(0);
  await new Promise((resolve) => proxy.close(resolve));
});

test('the second address is tried where nobody listens on the first, and the name stands in the Host header', async () => {
  const hosts: string[] = [];
  const server = createServer((request, response) => void (hosts.push(String(request.headers.host)), response.end('here'))).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind of address
  const http = openHttpClient({ resolve: async () => ['127.0.0.9', '127.0.0.1'] });
  open.push(http);
  const response = await http.request(`http://app.example:${port}/`, { method: 'POST', body: '{}', reach: { private: true } });
  expect(await response.text()).toBe('here');
  expect(hosts).toEqual([`app.example:${port}`]);
  // A connection made with more rights is not used by whoever has fewer.
  await expect(http.request(`http://app.example:${port}/`, { method: 'POST', body: '{}', reach: { private: false } })).rejects.toBeInstanceOf(TargetRefused);
  await new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
});
