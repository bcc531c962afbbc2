import { createHash, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '@openclaw/contract';
import { FixedWindow } from '../../kernel/fixed-window.ts';
import { type Caller, owner } from './caller.ts';

/** Wrong credentials an address may try in a minute; counted before anything is compared. */
const TRIES_PER_MINUTE = 10;

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** Turns a credential into a caller. `undefined` as token means authentication is switched off (loopback only; the config sees to that). */
export const createAuthenticator = (token: () => string | undefined, now: () => number = Date.now) => {
  const failures = new FixedWindow(60_000);
  const blocked = new Map<string, number>();
  let known = { token: '', digest: digest('') };
  const digestOf = (expected: string): Buffer => {
    if (known.token !== expected) known = { token: expected, digest: digest(expected) };
    return known.digest;
  };

  return (credential: string | undefined, address: string): Caller => {
    const expected = token();
    if (expected === undefined) return owner;
    if (credential === undefined) {
      throw new GatewayError('auth_required', 'A credential is needed: send "Authorization: Bearer <token>"');
    }
    const until = blocked.get(address) ?? 0;
    if (until > now()) throw tooManyTries(until - now());
    if (timingSafeEqual(digest(credential), digestOf(expected))) return owner;
    const { remaining, resetsAt } = failures.take(address, TRIES_PER_MINUTE, now());
    if (remaining === 0) {
      if (blocked.size > 10_000) blocked.clear();
      blocked.set(address, resetsAt);
    }
    throw new GatewayError('auth_invalid', 'The credential does not match');
  };
};

export type Authenticate = ReturnType<typeof createAuthenticator>;

const tooManyTries = (ms: number): GatewayError =>
  new GatewayError('rate_limited', 'Too many wrong credentials from this address', { retryAfterSeconds: Math.ceil(ms / 1000) });
