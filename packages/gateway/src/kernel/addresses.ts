import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** IPv4 that is no part of the open Internet. What nobody has assigned yet is in `240.0.0.0/4`. */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
];

/** Of IPv6 only this is public, less Teredo and its neighbours, documentation, and 6to4, in which any IPv4 address can be hidden. */
const PUBLIC_V6 = ['2000::/3'];
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Where somebody's own machines are: this one, and the network around it. Not link-local, where clouds keep their credentials. */
export const LOCAL_RANGES: readonly string[] = ['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

/** An address (`10.0.0.1`), or a range (`10.0.0.0/8`). */
export const isAddressRange = (text: string): boolean => {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  return family !== 0 && more === undefined && !address.includes('%') && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
};

/** Whether an address lies in one of these ranges; an IPv4 address within an IPv6 one (`::ffff:10.0.0.1`) counts as itself. */
export const inRanges = (ranges: readonly string[]): ((address: string) => boolean) => {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = familyOf(address);
    if (family === undefined) continue;
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const bare = withoutZone(address);
    const family = familyOf(bare);
    return family !== undefined && list.check(bare, family);
  };
};

/** Whether an address belongs to the open Internet. What is no address does not. */
export const isPublicAddress = (address: string): boolean => {
  const bare = withoutZone(address);
  const family = familyOf(bare);
  if (family === 'ipv4') return !notPublicV4(bare);
  return family === 'ipv6' && publicV6(bare) && !notPublicV6(bare);
};

/** Whether whoever dials this address reaches this very machine. */
export const isThisHost = (address: string): boolean => {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map((one) => withoutZone(one.address)));
  return inRanges(['127.0.0.0/8', '0.0.0.0/8', '::1', '::', ...own])(address);
};

const familyOf = (address: string): 'ipv4' | 'ipv6' | undefined => {
  const family = isIP(address);
  return family === 0 ? undefined : family === 4 ? 'ipv4' : 'ipv6';
};

const withoutZone = (address: string): string => address.split('%')[0] ?? '';

const notPublicV4 = inRanges(NOT_PUBLIC_V4);
const publicV6 = inRanges(PUBLIC_V6);
const notPublicV6 = inRanges(NOT_PUBLIC_V6);
