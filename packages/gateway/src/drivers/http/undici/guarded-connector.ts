import { lookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';
import { type Reach, TargetRefused } from '../../../engine/ports/http-client.ts';
import { inRanges, isAddressRange, isPublicAddress, isThisHost } from '../../../kernel/addresses.ts';

/** All the addresses of a host, in the order they are to be tried. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface GuardOptions {
  readonly resolve: Resolve;
  /** The ports of this gateway. */
  readonly ownPorts: () => readonly number[];
}

const DNS_DEADLINE_MS = 5_000;

export const resolveByDns: Resolve = async (host) => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${host} was not resolved within ${DNS_DEADLINE_MS / 1000} s`)), DNS_DEADLINE_MS);
  try {
    return (await Promise.race([lookup(host, { all: true }), late.promise])).map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
};

interface Target {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

/** What a URL leads to: read by the same parser for the check and for the dial. */
export const targetOf = (url: URL): Target => ({ host: unbracketed(url.hostname), port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) });

export const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

/** A user and a password in a URL end up in logs, and hide the host from whoever reads it. */
export const refuseUserInfo = ({ username, password }: URL): void => {
  if (username !== '' || password !== '') throw new TargetRefused('a URL must not hold a user or a password: use a header');
};

/** The addresses of a target, each of which may be dialled. One that may not refuses them all: whoever answers for this name means harm, or a mistake. */
export const addressesWithin = async ({ host, port }: Target, reach: Reach, { resolve, ownPorts }: GuardOptions): Promise<readonly string[]> => {
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const admits = admitting(reach, host);
  const means = isIP(host) === 0 ? `${host} means` : 'it is';
  for (const address of addresses) {
    if (!admits(address)) throw new TargetRefused(`${means} the address ${address}, which is not public`);
    if (ownPorts().includes(port) && isThisHost(address)) throw new TargetRefused(`port ${port} of this machine is the gateway's own`);
  }
  return addresses;
};

const admitting = ({ private: allowed }: Reach, host: string): ((address: string) => boolean) => {
  if (typeof allowed === 'boolean') return (address) => allowed || isPublicAddress(address);
  if (allowed.some((one) => !isAddressRange(one) && hostName(one) === hostName(host))) return () => true;
  const listed = inRanges(allowed.filter(isAddressRange));
  return (address) => isPublicAddress(address) || listed(address);
};

const hostName = (written: string): string => written.toLowerCase().replace(/\.$/, '');

/** Connects to what was checked. `dial` gets an address, and the name only for the certificate. */
export const guardedConnector = (reach: Reach, options: GuardOptions, dial: buildConnector.connector): buildConnector.connector => {
  const connect = async (asked: buildConnector.Options): Promise<Socket> => {
    const host = unbracketed(asked.hostname);
    const port = Number(asked.port) || (asked.protocol === 'https:' ? 443 : 80);
    const named = asked.protocol === 'https:' && isIP(host) === 0 ? { ...asked, servername: asked.servername ?? host } : asked;
    let failed: unknown = new Error(`${host} has no address`);
    for (const address of await addressesWithin({ host, port }, reach, options)) {
      try {
        return await dialled(dial, { ...named, hostname: address });
      } catch (thrown) {
        failed = thrown;
      }
    }
    throw failed;
  };
  return (asked, answer) => callbackify(connect)(asked, (error, socket) => (error ? answer(error, null) : answer(null, socket)));
};

const dialled = (dial: buildConnector.connector, options: buildConnector.Options): Promise<Socket> =>
  new Promise((resolve, reject) => {
    dial(options, (...[error, socket]) => (error === null ? resolve(socket) : reject(error)));
  });
