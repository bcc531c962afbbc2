import { getStatus, listSessions } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import { AuditTrail, type Caller, owner } from '../../packages/gateway/src/engine/access/index.ts';
import { Gateway } from '../../packages/gateway/src/engine/gateway.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { Metrics } from '../../packages/gateway/src/kernel/metrics.ts';
import { nativeDialect } from '../../packages/gateway/src/surfaces/dialects/native/index.ts';
import { createHttpServer } from '../../packages/gateway/src/surfaces/kit/http/server.ts';
import { Doorkeeper } from '../../packages/gateway/src/surfaces/kit/wire/doorkeeper.ts';

const MINUTE = 60_000;
/** Some minute's beginning, far from today. */
const BEGINNING = 27_000_000 * MINUTE;
const LIMIT = 100;

const callerOf = (id: string, requestsPerMinute: number | undefined): Caller => ({ ...owner, id, limits: { requestsPerMinute } });

/** The web server over a door whose clock is ours. The credential is the caller's name; `free` has no limit. */
const start = () => {
  let now = BEGINNING;
  const metrics = new Metrics();
  const store = { findAnswer: async () => undefined, recordAnswer: async () => {}, audit: async () => {} };
  const gateway = new Gateway({ store, audit: new AuditTrail(store, silent), metrics, log: silent, now: () => now });
  gateway.handle(listSessions, async ({ limit, offset }) => ({ sessions: [], total: 0, limit, offset }));
  const app = createHttpServer({
    gateway, dialects: [nativeDialect], metrics: () => metrics.text(), corsMethods: () => [], ready: async () => {}, isDraining: () => false, log: silent,
    authenticator: { authenticate: (name = 'one') => callerOf(name, name === 'free' ? undefined : LIMIT), refresh: () => {} },
    doorkeeper: new Doorkeeper(() => ({ allowedHosts: [], allowedOrigins: [], trustedProxies: [], authRequired: true })),
  });
  return {
    at: (ms: number) => (now = BEGINNING + ms),
    ask: async (name = 'one', payload = '{}', operation = 'sessions.list') => {
      const answer = await app.inject({
        method: 'POST', url: `/api/native/${operation}`, headers: { host: 'localhost', 'content-type': 'application/json', authorization: `Bearer ${name}` }, payload,
      });
      return { status: answer.statusCode, told: toldBy(answer.headers), retryAfter: answer.headers['retry-after'], body: answer.body };
    },
  };
};

/** What both families of headers say, having checked that they say the same. */
const toldBy = (headers: Readonly<Record<string, unknown>>) => {
  if (headers['x-ratelimit-limit'] === undefined) {
    expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([]);
    return undefined;
  }
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) => Number(headers[`x-ratelimit-${name}`]));
  expect(headers['ratelimit-policy']).toBe(`"minute";q=${limit};w=60`);
  const [, r, t] = /^"minute";r=(\d+);t=(\d+)$/.exec(String(headers['ratelimit'])) ?? [];
  expect(Number(r)).toBe(remaining);
  return { limit, remaining, reset, inSeconds: Number(t) };
};

const epoch = (ms: number): number => (BEGINNING + ms) / 1000;

describe('a limit of 100 a minute', () => {
  test('lets exactly 100 through in every minute, and counts down by one', async () => {
    const { at, ask } = start();
    for (let minute = 0; minute < 3; minute++) {
      for (let i = 0; i < LIMIT; i++) {
        at(minute * MINUTE + i * 599);
        const { status, told, retryAfter } = await ask();
        expect([status, retryAfter]).toEqual([200, undefined]);
        expect(told).toEqual({ limit: LIMIT, remaining: LIMIT - 1 - i, reset: epoch((minute + 1) * MINUTE), inSeconds: Math.ceil((MINUTE - i * 599) / 1000) });
      }
      for (const [ms, seconds] of [[59_301, 1], [59_999, 1]] as const) {
        at(minute * MINUTE + ms);
        expect(await ask()).toMatchObject({ status: 429, retryAfter: String(seconds), told: { remaining: 0, reset: epoch((minute + 1) * MINUTE), inSeconds: seconds } });
      }
    }
  });

  test('a refusal says when to come back, in its header and in its body alike', async () => {
    const { at, ask } = start();
    for (let i = 0; i < LIMIT; i++) await ask();
    for (const [ms, seconds] of [[0, 60], [1, 60], [1_000, 59], [59_000, 1], [59_001, 1]] as const) {
      at(ms);
      const refused = await ask();
      expect(refused).toMatchObject({ status: 429, retryAfter: String(seconds), told: { limit: LIMIT, remaining: 0, reset: epoch(MINUTE), inSeconds: seconds } });
      expect(JSON.parse(refused.body)).toEqual({ error: { code: 'rate_limited', message: `Rate limit exceeded. Try again in ${seconds} seconds.`, retry_after: seconds } });
    }
    at(MINUTE);
    expect(await ask()).toMatchObject({ status: 200, told: { remaining: LIMIT - 1, reset: epoch(2 * MINUTE), inSeconds: 60 } });
  });

  test('of fifty at once for the last one, one passes', async () => {
    const { ask } = start();
    for (let i = 0; i < LIMIT - 1; i++) await ask();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, ...Array.from({ length: 49 }, () => 429)]);
    expect(new Set(answers.map(({ told }) => told?.remaining))).toEqual(new Set([0]));
  });

  test('refusals take nothing from the next minute, however many', async () => {
    const { at, ask } = start();
    for (let i = 0; i < 5 * LIMIT; i++) await ask();
    at(MINUTE);
    expect((await ask()).told?.remaining).toBe(LIMIT - 1);
  });

  test('is each caller’s own, over all operations, right or wrong', async () => {
    const { ask } = start();
    await ask('one');
    expect(await ask('one', '{"limit":0}')).toMatchObject({ status: 400, told: { remaining: LIMIT - 2 } });
    // What is not there to be asked is not counted.
    expect(await ask('one', '{"session":7}', 'messages.send')).toMatchObject({ status: 404, told: undefined });
    expect(await ask('one', '{}', getStatus.name)).toMatchObject({ status: 404, told: undefined });
    expect(await ask('one')).toMatchObject({ told: { remaining: LIMIT - 3 } });
    expect(await ask('two')).toMatchObject({ status: 200, told: { remaining: LIMIT - 1 } });
  });

  test('is not spoken of to who has none', async () => {
    const { ask } = start();
    for (let i = 0; i < 2 * LIMIT; i++) expect(await ask('free')).toMatchObject({ status: 200, told: undefined });
  });

  test('holds where the clock goes back: nobody gets more of a minute than it has', async () => {
    const { at, ask } = start();
    at(MINUTE);
    for (let i = 0; i < LIMIT; i++) await ask();
    at(MINUTE - 1);
    await ask();
    at(MINUTE + 1);
    expect((await ask()).status).toBe(429);
  });
});
