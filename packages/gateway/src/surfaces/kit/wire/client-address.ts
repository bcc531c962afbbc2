import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Addresses (`10.0.0.1`) and ranges (`10.0.0.0/8`) of proxies, as one list. What is neither is left out. */
export const toAddressList = (written: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const entry of written) {
    const [address = '', bits] = entry.split('/', 2);
    const family = isIP(address);
    if (family === 0) continue;
    const type = family === 4 ? 'ipv4' : 'ipv6';
    const prefix = bits === undefined ? undefined : Number(bits);
    if (prefix === undefined) list.addAddress(address, type);
    else if (Number.isInteger(prefix) && prefix >= 0 && prefix <= (family === 4 ? 32 : 128)) list.addSubnet(address, prefix, type);
  }
  return list;
};

/** IPv4 in its own form, also where a socket that speaks both shows it as IPv6. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

const isIn = (list: BlockList, address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
};

export interface Origin {
  /** Who asks: rate limits for guessing and the log go by it. */
  readonly address: string;
  /** It came through a proxy of ours. */
  readonly forwarded: boolean;
}

/**
 * Where a request really comes from. The header counts only as far as proxies of ours wrote it, so it is read from its end: the last
 * address that is not one of them is the client's. What a client wrote before that is not believed.
 */
export const clientOf = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>, proxies: BlockList): Origin => {
  const peer = plainAddress(socket.remoteAddress ?? '');
  const header = headers['x-forwarded-for'];
  if (header === undefined || !isIn(proxies, peer)) return { address: peer, forwarded: false };
  const hops = (Array.isArray(header) ? header.join(',') : header).split(',').map((hop) => plainAddress(hop.trim().replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')));
  let address = peer;
  for (const hop of hops.toReversed()) {
    // A proxy of ours writes addresses; beyond what is none, nothing is known.
    if (isIP(hop) === 0) break;
    address = hop;
    if (!isIn(proxies, hop)) break;
  }
  return { address, forwarded: true };
};
