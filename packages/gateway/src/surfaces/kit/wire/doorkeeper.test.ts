import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { Doorkeeper, type DoorkeeperSettings } from './doorkeeper.ts';

interface Asked {
  readonly host: string;
  readonly dialled?: string;
  readonly from?: string;
  readonly forwardedFor?: string;
}

const admits = ({ host, dialled = '127.0.0.1', from = '127.0.0.1', forwardedFor }: Asked, settings: Partial<DoorkeeperSettings> = {}): boolean => {
  const doorkeeper = new Doorkeeper(() => ({ allowedHosts: [], allowedOrigins: [], trustedProxies: [], authRequired: true, ...settings }));
  const request = {
    rawHeaders: ['Host', host],
    headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
    socket: { localAddress: dialled, remoteAddress: from },
  };
  try {
    // As much of a request as the doorkeeper looks at.
    doorkeeper.admit(request as unknown as IncomingMessage);
    return true;
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'wrong_host' });
    return false;
  }
};

test('on the network, the address that was dialled is a host of ours; no other is', () => {
  const lan = { dialled: '192.168.1.5', from: '192.168.1.9' };
  expect(admits({ host: '192.168.1.5:18789', ...lan })).toBe(true);
  expect(admits({ host: '192.168.1.6:18789', ...lan })).toBe(false);
  expect(admits({ host: 'gateway.lan', ...lan })).toBe(false);
  expect(admits({ host: 'gateway.lan', ...lan }, { allowedHosts: ['gateway.lan'] })).toBe(true);
  expect(admits({ host: '[fe80::5]', dialled: 'fe80::5', from: 'fe80::9' })).toBe(true);
  expect(admits({ host: '192.168.1.5', dialled: '::ffff:192.168.1.5', from: '::ffff:192.168.1.9' })).toBe(true);
});

test('a proxy of ours chooses its host names, while there is a credential to ask for', () => {
  const proxied = { host: 'agent.example.com', forwardedFor: '1.2.3.4' };
  const trusting = { trustedProxies: ['127.0.0.1'] };
  expect(admits(proxied)).toBe(false);
  expect(admits(proxied, trusting)).toBe(true);
  expect(admits({ host: 'agent.example.com' }, trusting)).toBe(false);
  expect(admits({ ...proxied, from: '10.0.0.1' }, trusting)).toBe(false);
  expect(admits(proxied, { ...trusting, authRequired: false })).toBe(false);
});
