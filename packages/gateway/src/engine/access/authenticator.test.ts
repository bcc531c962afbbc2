import { describe, expect, test } from 'vitest';
import { createAuthenticator, owner } from './index.ts';

const start = (token: string | undefined = 'the-right-token') => {
  let now = 600_000_000;
  const { authenticate } = createAuthenticator(() => ({ token, keys: [], requestsPerMinute: undefined }), { now: () => now });
  const outcome = async (credential: string | undefined, address = '10.0.0.1'): Promise<string> => {
    try {
      return (await authenticate(credential, address)).id;
    } catch (thrown) {
      // It throws nothing else.
      return (thrown as { code: string }).code;
    }
  };
  return { outcome, pass: (ms: number) => (now += ms) };
};

describe('the gateway token', () => {
  test('opens everything; nothing else does', async () => {
    const { outcome } = start();
    expect(await outcome('the-right-token')).toBe(owner.id);
    expect(await outcome(undefined)).toBe('auth_required');
    for (const wrong of ['', 'the-right-toke', 'the-right-token ', 'THE-RIGHT-TOKEN', 'the-right-token\0']) expect(await outcome(wrong, wrong)).toBe('auth_invalid');
  });

  test('may be guessed at ten times a minute; then nobody at that address is heard until the minute is over', async () => {
    const { outcome, pass } = start();
    expect(await Promise.all(Array.from({ length: 10 }, (_, i) => outcome(`wrong ${i}`)))).toEqual(Array.from({ length: 10 }, () => 'auth_invalid'));
    expect(await outcome('wrong again')).toBe('rate_limited');
    expect(await outcome('the-right-token')).toBe('rate_limited');
    expect(await outcome(undefined)).toBe('auth_required');
    expect(await outcome('the-right-token', '10.0.0.2')).toBe(owner.id);
    pass(59_999);
    expect(await outcome('the-right-token')).toBe('rate_limited');
    pass(1);
    expect(await outcome('the-right-token')).toBe(owner.id);
  });

  test('right ones are never counted', async () => {
    const { outcome } = start();
    for (let i = 0; i < 100; i++) expect(await outcome('the-right-token')).toBe(owner.id);
    expect(await outcome('wrong')).toBe('auth_invalid');
  });

  test('follows the configuration; who came by what is gone is told', async () => {
    let [token, requestsPerMinute]: [string | undefined, number | undefined] = ['one', undefined];
    const { authenticate, refresh } = createAuthenticator(() => ({ token, keys: [], requestsPerMinute }));
    const first = await authenticate('one', '');
    requestsPerMinute = 7;
    refresh();
    expect([first.revoked.aborted, first.limits.requestsPerMinute]).toEqual([false, 7]);
    token = 'two';
    refresh();
    expect(first.revoked.aborted).toBe(true);
    expect(() => authenticate('one', '')).toThrow(expect.objectContaining({ code: 'auth_invalid' }));
    const second = await authenticate('two', '');
    expect(second.revoked.aborted).toBe(false);
    token = undefined;
    refresh();
    expect(second.revoked.aborted).toBe(true);
    expect((await authenticate(undefined, '')).id).toBe(owner.id);
  });

  test('a restart does not open the door to an address that guessed too often', async () => {
    const kept = new Map<string, number>();
    const open = () => createAuthenticator(() => ({ token: 'right', keys: [], requestsPerMinute: undefined }), {
      now: () => 600_000_000,
      blocked: { known: kept, keep: (blocked) => blocked.forEach((until, address) => kept.set(address, until)) },
    });
    const before = open();
    for (let i = 0; i < 10; i++) expect(() => before.authenticate('wrong', '10.0.0.1')).toThrow(expect.objectContaining({ code: 'auth_invalid' }));
    const after = open();
    expect(() => after.authenticate('right', '10.0.0.1')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    expect((await after.authenticate('right', '10.0.0.2')).id).toBe(owner.id);
  });
});
