import { isIP } from 'node:net';
import { GatewayError } from '@openclaw/contract/errors';

/** The registry where none is configured. */
export const PUBLIC_REGISTRY = new URL('https://registry.npmjs.org/');

/** Where an archive lies. A mirror may hand on the public registry's own addresses: those are taken from the mirror, as npm does. */
export const tarballAddress = (written: string, base: URL): URL => {
  const address = URL.parse(written, base.href);
  if (address === null) throw elsewhere(written.slice(0, 200));
  if (address.hostname !== PUBLIC_REGISTRY.hostname || address.origin === base.origin) return allowed(address, base);
  // Behind `./` nothing it holds can be an address of its own.
  return allowed(new URL(`.${address.pathname}${address.search}`, base), base);
};

/**
 * The registry itself is the operator's choice. Any other place it points to must be an https host by name: a registry, or whoever answers
 * in its place, must not make the gateway ask what listens on this machine or beside it.
 */
export const allowed = (address: URL, base: URL): URL => {
  if (address.username !== '' || address.password !== '') throw elsewhere(address.host);
  if (address.origin === base.origin) return address;
  if (address.protocol !== 'https:' || isIP(address.hostname.replace(/^\[|\]$/g, '')) !== 0 || !/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+$/i.test(address.hostname)) {
    throw elsewhere(address.origin);
  }
  return address;
};

const elsewhere = (where: string): GatewayError =>
  new GatewayError('skill_source_failed', `The registry points to a place that is not asked: ${where}`, {});
