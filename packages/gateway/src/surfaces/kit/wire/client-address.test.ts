import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { clientOf, toAddressList } from './client-address.ts';

const ask = (peer: string, forwardedFor: string | undefined, proxies: readonly string[]) => {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: peer });
  return clientOf({ socket, headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor } }, toAddressList(proxies));
};

test.each<[string, string, string | undefined, readonly string[], string]>([
  ['no proxy: the header is not believed', '9.9.9.9', '1.2.3.4', [], '9.9.9.9'],
  ['another peer than the proxy: neither', '9.9.9.9', '1.2.3.4', ['127.0.0.1'], '9.9.9.9'],
  ['the proxy says who', '127.0.0.1', '1.2.3.4', ['127.0.0.1'], '1.2.3.4'],
  ['what the client wrote itself is passed over', '127.0.0.1', '6.6.6.6, 1.2.3.4', ['127.0.0.1'], '1.2.3.4'],
  ['two proxies', '127.0.0.1', '6.6.6.6, 1.2.3.4, 10.1.2.3', ['127.0.0.1', '10.0.0.0/8'], '1.2.3.4'],
  ['only proxies', '127.0.0.1', '10.9.9.9', ['127.0.0.1', '10.0.0.0/8'], '10.9.9.9'],
  ['a proxy without the header', '127.0.0.1', undefined, ['127.0.0.1'], '127.0.0.1'],
  ['nonsense', '127.0.0.1', '1.2.3.4, <script>', ['127.0.0.1'], '127.0.0.1'],
  ['IPv4 in IPv6', '::ffff:127.0.0.1', '::ffff:1.2.3.4', ['127.0.0.1'], '1.2.3.4'],
  ['with a port', '127.0.0.1', '1.2.3.4:5678', ['127.0.0.1'], '1.2.3.4'],
  ['IPv6', '::1', '[2001:db8::1]:99', ['::1'], '2001:db8::1'],
  ['a list of nonsense', '127.0.0.1', '1.2.3.4', ['localhost', '10.0.0.0/99', ''], '127.0.0.1'],
])('%s', (_, peer, header, proxies, address) => {
  expect(ask(peer, header, proxies).address).toBe(address);
});
