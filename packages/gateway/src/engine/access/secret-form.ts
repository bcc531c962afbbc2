import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CredentialKind } from '@openclaw/contract';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX: Readonly<Record<CredentialKind, string>> = { 'api-key': 'oclaw_live_', token: 'ocl_' };
/** Twelve to know it by, then 256 bits that nobody can guess, then a checksum by which a typing mistake shows. */
const FORM = /^(?<shown>(?:oclaw_live_|ocl_)[0-9A-Za-z]{12})[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/;
const CHECKSUM = 6;

export const makeSecret = (kind: CredentialKind): { readonly secret: string; readonly publicPart: string } => {
  const publicPart = PREFIX[kind] + random(12);
  const body = publicPart + random(43);
  return { secret: body + checksumOf(body), publicPart };
};

/** The part of a secret that may be shown, and by which it is found; undefined where this is no secret of ours. */
export const publicPartOf = (text: string): string | undefined => {
  const shown = FORM.exec(text)?.groups?.['shown'];
  const body = text.slice(0, -CHECKSUM);
  return shown !== undefined && checksumOf(body) === text.slice(-CHECKSUM) ? shown : undefined;
};

/** What is kept of a secret, as text: bytes outside V8's heap would cost each request several times the hash. With 256 bits of chance in it, nothing slower is needed. */
export const digestOf = (secret: string): string => hash('sha256', secret, 'base64url');

const random = (length: number): string => Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');

const checksumOf = (text: string): string => {
  let left = crc32(text);
  let written = '';
  for (let i = 0; i < CHECKSUM; i++) {
    written = ALPHABET.charAt(left % ALPHABET.length) + written;
    left = Math.floor(left / ALPHABET.length);
  }
  return written;
};
