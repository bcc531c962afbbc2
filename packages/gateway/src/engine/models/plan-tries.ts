import type { ModelEvent } from '../ports/model.ts';
import type { BenchReason, KeyRing } from './key-ring.ts';
import type { ModelRoute } from './resolve-model.ts';

export type Failure = Extract<ModelEvent, { type: 'failed' }>;

/** One model asked once with one key. */
export interface Try {
  readonly route: ModelRoute;
  readonly key: string | undefined;
  readonly waitMs: number;
}

export interface FailedModel {
  readonly route: ModelRoute;
  readonly failure: Failure;
}

export interface TryPlan {
  first(): Try | undefined;
  /** What to do after `tried` failed; undefined: give up. */
  after(tried: Try, failure: Failure): Try | undefined;
  succeeded(tried: Try): void;
  /** How each model of the chain failed last. */
  failures(): readonly FailedModel[];
}

export interface PlanContext {
  readonly primary: ModelRoute;
  /** Asked for only when the primary model fails. */
  readonly fallbacks: () => readonly ModelRoute[];
  readonly ringOf: (route: ModelRoute) => KeyRing;
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

const RETRIES = 3;
const FIRST_WAIT_MS = 500;
const LONGEST_BACKOFF_MS = 2_000;
/** Who has to wait longer than this is better told so. */
const LONGEST_WAIT_MS = 30_000;
const BENCH_MS = { auth: 600_000, rate_limited: 60_000 } as const;

/** Decides which model is asked next, with which key and when: other keys first, then the same model again, then the next model. */
export const planTries = ({ primary, fallbacks, ringOf, now, random }: PlanContext): TryPlan => {
  const failures = new Map<string, FailedModel>();
  let remaining: readonly ModelRoute[] | undefined;
  let retries = 0;

  const nextModel = (): Try | undefined => {
    remaining ??= fallbacks();
    for (const [index, route] of remaining.entries()) {
      const free = ringOf(route).pick(now());
      if (free === undefined) continue;
      remaining = remaining.slice(index + 1);
      retries = 0;
      return { route, key: free.key, waitMs: 0 };
    }
    return undefined;
  };

  const again = (tried: Try, waitMs: number): Try | undefined => {
    if (retries >= RETRIES || waitMs > LONGEST_WAIT_MS) return undefined;
    retries++;
    return { ...tried, waitMs };
  };

  const backoff = (): number => Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_BACKOFF_MS) * (0.75 + random() / 2);

  /** Every key is benched and no other model can serve: waiting a little beats failing. */
  const benched = (): Try | undefined => {
    const { key, freeAt, because } = ringOf(primary).soonest();
    const waitMs = because === 'auth' ? 0 : Math.max(0, freeAt - now());
    if (waitMs <= LONGEST_WAIT_MS) return { route: primary, key, waitMs };
    failures.set(primary.id, { route: primary, failure: { type: 'failed', kind: 'rate_limited', message: 'Its rate limit is used up.', retryAfterMs: waitMs } });
    return undefined;
  };

  const afterKeyFailed = (tried: Try, because: BenchReason, retryAfterMs: number | undefined): Try | undefined => {
    const ring = ringOf(tried.route);
    ring.bench(tried.key, now() + (because === 'auth' ? BENCH_MS.auth : (retryAfterMs ?? BENCH_MS.rate_limited)), because);
    const free = ring.pick(now());
    if (free !== undefined) return { route: tried.route, key: free.key, waitMs: 0 };
    return nextModel() ?? (because === 'rate_limited' ? again(tried, retryAfterMs ?? backoff()) : undefined);
  };

  return {
    first() {
      const free = ringOf(primary).pick(now());
      return free === undefined ? (nextModel() ?? benched()) : { route: primary, key: free.key, waitMs: 0 };
    },
    after(tried, failure) {
      failures.set(tried.route.id, { route: tried.route, failure });
      switch (failure.kind) {
        case 'auth':
        case 'rate_limited':
          return afterKeyFailed(tried, failure.kind, failure.retryAfterMs);
        case 'overloaded':
        case 'network':
        case 'protocol':
          return again(tried, Math.max(backoff(), failure.retryAfterMs ?? 0)) ?? nextModel();
        case 'invalid_request':
        case 'context_too_long':
        case 'not_found':
          return nextModel();
      }
    },
    succeeded: ({ route, key }) => ringOf(route).release(key),
    failures: () => [...failures.values()],
  };
};
