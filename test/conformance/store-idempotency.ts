import { GatewayError } from '@openclaw/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fresh, newSession, newTurn, NOW, type Worker } from './turn-fixture.ts';

const KEEP_MS = 1_000;

/** Requests that arrive together: each a key, what is asked under it, and who asks. */
const request = fc.record({ key: fc.constantFrom('a', 'b'), hash: fc.constantFrom('x', 'y'), caller: fc.constantFrom('ann', 'bob') });
const moments = fc.array(fc.record({ later: fc.constantFrom(0, 10, KEEP_MS - 1, KEEP_MS + 1), requests: fc.array(request, { minLength: 1, maxLength: 4 }) }), { maxLength: 8 });

interface Kept {
  readonly hash: string;
  readonly turnId: string;
  readonly until: number;
}

export const idempotencyProperties = (worker: () => Worker, runs: number): void => {
  test('whatever is asked when, by whom and how often at once: a key is one turn until it expires', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (all) => {
        const { store } = worker();
        const round = fresh('round');
        const kept = new Map<string, Kept>();
        let now = NOW;
        for (const { later, requests } of all) {
          now += later;
          const answers = await Promise.all(
            requests.map(({ key, hash, caller }) => {
              const once = { scope: `${round} ${caller}`, key, hash, expiresAt: now + KEEP_MS };
              return store.acceptTurn(newTurn(newSession(`agent:main:${round}`), { once, now })).then(
                ({ turnId, replayed }) => ({ turnId, replayed }),
                (thrown: unknown) => {
                  expect(thrown).toBeInstanceOf(GatewayError);
                  expect(thrown).toMatchObject({ code: 'idempotency_conflict' });
                  return undefined;
                },
              );
            }),
          );
          for (const name of new Set(requests.map(({ caller, key }) => `${caller} ${key}`))) {
            const mine = requests.flatMap((one, i) => (`${one.caller} ${one.key}` === name ? [{ ...one, answer: answers[i] }] : []));
            const known = kept.get(name);
            const live = known && known.until > now ? known : undefined;
            const made = mine.filter(({ answer }) => answer?.replayed === false);
            // A live key makes nothing; a free one exactly one turn, however many ask for it at once.
            expect(made).toHaveLength(live ? 0 : 1);
            const first: Kept = live ?? { hash: made[0]?.hash ?? '', turnId: made[0]?.answer?.turnId ?? '', until: now + KEEP_MS };
            for (const { hash, answer } of mine) expect(answer?.turnId).toBe(hash === first.hash ? first.turnId : undefined);
            kept.set(name, first);
          }
        }
      }),
      { numRuns: runs },
    );
  });
};
