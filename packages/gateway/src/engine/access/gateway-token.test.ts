import { describe, expect, test } from 'vitest';
import { createAuthenticator, owner } from './index.ts';

const start = (token: string | undefined = 'the-right-token') => {
  let now = 600_000_000;
  const authenticate = createAuthenticator(() => token, () => now);
  const outcome = (credential: string | undefined, address = '10.0.0.1'): string => {
    try {
      return authenticate(credential, address).id;
    } catch (thrown) {
      // It throws nothing else.
      return (thrown as { code: string }).code;
    }
  };
  return { outcome, pass: (ms: number) => (now += ms) };
};

describe('the gateway token', () => {
  test('opens everything; nothing else does', () => {
    const { outcome } = start();
    expect(outcome('the-right-token')).toBe(owner.id);
    expect(outcome(undefined)).toBe('auth_required');
    for (const wrong of ['', 'the-right-toke', 'the-right-token ', 'THE-RIGHT-TOKEN', 'the-right-token\0']) expect(outcome(wrong, wrong)).toBe('auth_invalid');
  });

  test('may be guessed at ten times a minute; then nobody at that address is heard until the minute is over', () => {
    const { outcome, pass } = start();
    expect(Array.from({ length: 10 }, (_, i) => outcome(`wrong ${i}`))).toEqual(Array.from({ length: 10 }, () => 'auth_invalid'));
    expect(outcome('wrong again')).toBe('rate_limited');
    expect(outcome('the-right-token')).toBe('rate_limited');
    expect(outcome(undefined)).toBe('auth_required');
    expect(outcome('the-right-token', '10.0.0.2')).toBe(owner.id);
    pass(59_999);
    expect(outcome('the-right-token')).toBe('rate_limited');
    pass(1);
    expect(outcome('the-right-token')).toBe(owner.id);
  });

  test('right ones are never counted', () => {
    const { outcome } = start();
    for (let i = 0; i < 100; i++) expect(outcome('the-right-token')).toBe(owner.id);
    expect(outcome('wrong')).toBe('auth_invalid');
  });

  test('follows the configuration', () => {
    let token: string | undefined = 'one';
    const authenticate = createAuthenticator(() => token);
    expect(authenticate('one', '')).toBe(owner);
    token = 'two';
    expect(() => authenticate('one', '')).toThrow();
    expect(authenticate('two', '')).toBe(owner);
    token = undefined;
    expect(authenticate(undefined, '')).toBe(owner);
  });
});
