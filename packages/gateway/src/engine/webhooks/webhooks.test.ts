import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '@openclaw/contract';
import type { DeliveryRecord } from '../ports/webhook-store.ts';
import { configuredWebhooks } from './configured.ts';
import { fillTransform } from './fill-transform.ts';
import { matchesFilter } from './matches-filter.ts';
import { pauseBeforeNext, readRetryAfter } from './retry-schedule.ts';
import { type ReadyWebhook, toRequest } from './to-request.ts';
import { EVENT_NAMES, tell, toTopics } from './vocabulary/catalogue.ts';

const AT = Date.UTC(2026, 2, 2, 10, 35);

const delivery = (over: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  seq: 1, id: 'evt_1_wh_1', webhookId: 'wh_1', eventId: 'evt_1', type: 'task.completed', called: 'task.completed', at: AT, sessionKey: 'agent:main:main', state: 'pending', tries: 0, triesNow: 0, begunAt: AT,
  nextAt: AT, lastStatus: undefined, lastError: undefined, data: { taskId: 'task_abc123', prompt: 'Summarize the latest git commits', status: 'completed', durationMs: 4523, workspace: 'main' }, ...over,
});

const webhook = (over: Partial<ReadyWebhook['definition']> = {}, secrets: ReadyWebhook['secrets'] = [{ secret: 'your-webhook-secret' }]): ReadyWebhook => ({
  id: 'wh_1', name: undefined, source: 'api', workspace: undefined, events: ['*'], order: 'none', definition: { url: 'http://a.example/', headers: {}, signature: 'bare', ...over }, secrets, enabled: true,
  createdBy: 'x', createdAt: AT, disabledReason: undefined, failures: 0, failingSince: undefined, updatedAt: AT,
});

const bodyOf = (definition: Partial<ReadyWebhook['definition']>, over: Partial<DeliveryRecord> = {}): unknown => JSON.parse(toRequest(webhook(definition), delivery(over), AT)?.body ?? 'null');

describe('names', () => {
  test('`*` is every type of event, told under our own names with everything', () => {
    expect(toTopics(['*']).map(({ type }) => type)).toEqual([...EVENT_TYPES]);
    expect(new Set(toTopics(['*', 'task.completed']).map(({ called }) => called))).toEqual(new Set(['*']));
  });

  test('a pattern is all names that begin so; several names for one type are one delivery', () => {
    expect(toTopics(['task.*']).map(({ called }) => called).toSorted()).toEqual(['task.completed', 'task.failed', 'task.started']);
    expect(toTopics(['agent.error'])).toEqual([{ type: 'turn.failed', called: 'agent.error' }, { type: 'system.error', called: 'agent.error' }]);
    expect(toTopics(['error.agent', 'agent.error'])).toEqual([{ type: 'turn.failed', called: '*' }, { type: 'system.error', called: 'agent.error' }]);
  });

  test('every name of the documents is there, and can be told of what has nothing in it', () => {
    const printed = [
      'agent.task.completed', 'agent.error', 'channel.message.received', 'channel.disconnected', 'security.alert', 'message.received', 'message.sent', 'session.started', 'session.ended', 'error.agent',
      'task.completed', 'task.failed', 'task.started', 'skill.installed', 'skill.removed', 'system.error',
    ];
    expect(EVENT_NAMES).toEqual(expect.arrayContaining(printed));
    for (const { type, called } of toTopics([...EVENT_NAMES])) tell(called, { type, at: AT, sessionKey: undefined, data: {} });
  });

  test('a chat is no finished task; what a program asked for is', () => {
    const sent = (data: object) => tell('agent.task.completed', { type: 'message.sent', at: AT, sessionKey: 'agent:main:main', data: { response: 'Done', durationMs: 5, turnId: 'turn_1', ...data } });
    expect(sent({ channel: 'telegram' })).toBeUndefined();
    expect(sent({ channel: 'webhook', taskId: 'task_1' })).toBeUndefined();
    expect(sent({ channel: 'webhook' })?.data).toMatchObject({ task_name: 'main', result: 'Done', duration: 5, task_id: 'turn_1' });
  });
});

describe('bodies', () => {
  test('S4’s payload as it is printed', () => {
    expect(bodyOf({})).toMatchObject({ event: 'task.completed', timestamp: '2026-03-02T10:35:00.000Z', data: { task_id: 'task_abc123', prompt: 'Summarize the latest git commits', status: 'completed', duration_ms: 4523 } });
  });

  test('whatever happens, a body is what JSON.stringify makes of itself, below 90 kB', () => {
    const data = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(fc.property(data, fc.option(fc.jsonValue()), fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(60_000), (fields, transform, piece, times) => {
      const request = toRequest(webhook({ transform }), delivery({ called: '*', data: { ...fields, text: piece.repeat(times).slice(0, 200_000) } }), AT);
      const body = request?.body ?? '';
      expect(JSON.stringify(JSON.parse(body))).toBe(body);
      if (transform === null) expect(Buffer.byteLength(body)).toBeLessThan(90_000);
    }), { numRuns: 200 });
  });

  test('too large, it names what it would have told', () => {
    expect(bodyOf({}, { data: { taskId: 'task_1', prompt: '\u0001'.repeat(20_000), result: 'short' } })).toMatchObject({ data: { task_id: 'task_1', result: 'short', truncated: true, event_id: 'evt_1' } });
    expect(bodyOf({ transform: { text: '{{event.prompt}}' } }, { data: { prompt: 'a'.repeat(100_000) } })).toEqual({ text: `${'a'.repeat(500)}…` });
  });

  test('without a secret nothing is signed', () => {
    const { headers } = toRequest(webhook({}, []), delivery(), AT) ?? { headers: {} };
    expect(Object.keys(headers).filter((name) => name.includes('signature'))).toEqual([]);
    expect(headers).toMatchObject({ 'webhook-id': 'evt_1_wh_1', 'webhook-timestamp': String(AT / 1000) });
  });

  test('what ran out is signed with no more', () => {
    const secrets = [{ secret: 'fresh-one' }, { secret: 'old-one', expiresAt: AT + 1 }];
    expect(toRequest(webhook({}, secrets), delivery(), AT)?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(toRequest(webhook({}, secrets), delivery(), AT + 1)?.headers['webhook-signature']?.split(' ')).toHaveLength(1);
  });

  test('own headers go with it, and change nothing of ours', () => {
    expect(toRequest(webhook({ headers: { 'Content-Type': 'application/cloudevents+json', 'DD-API-KEY': 'k' } }), delivery(), AT)?.headers).toMatchObject({ 'content-type': 'application/cloudevents+json', 'dd-api-key': 'k' });
  });
});

describe('transforms', () => {
  const event = { name: 'a "quoted" one', n: 3, list: [1, { b: 'c' }], deep: { x: null, 'a.b': 1 }, no: false };

  test('fills texts, and keeps what a whole place is', () => {
    expect(fillTransform({ a: 'Is {{event.name}}: {{ event.n }}', b: '{{event.n}}', c: ['{{event.list}}', 'x{{event.list}}'], d: 1, e: null, f: '{{event.no}}' }, event)).toEqual({
      a: 'Is a "quoted" one: 3', b: 3, c: [[1, { b: 'c' }], 'x[1,{"b":"c"}]'], d: 1, e: null, f: false,
    });
  });

  test('what is missing is empty, and what is not its own is missing', () => {
    for (const path of ['missing', 'deep.missing', 'deep.x', '__proto__', 'constructor.name', 'name.length', 'list.length.x', 'toString', 'deep.__proto__.x']) {
      expect(fillTransform([`{{event.${path}}}`, `<{{event.${path}}}>`], event)).toEqual(['', '<>']);
    }
    expect(fillTransform('{{event.list.1.b}} {{event.deep.a.b}} {{env.HOME}} {{body.x}} ${HOME}', event)).toBe('c 1 {{env.HOME}} {{body.x}} ${HOME}');
  });

  test('nothing that an event holds changes the shape, or is filled again', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(fillTransform({ a: '{{event.text}}!', b: 'c' }, { text })).toEqual({ a: `${text}!`, b: 'c' });
    }));
    expect(fillTransform('{{event.text}} $& $1', { text: '{{event.secret}} $&', secret: 's' })).toBe('{{event.secret}} $& $& $1');
  });
});

test('filters compare values, by their paths', () => {
  const data = { channel: 'telegram', n: 1, deep: { a: ['x'] }, gone: null };
  for (const filter of [{}, { channel: 'telegram' }, { channel: ['irc', 'telegram'], n: 1 }, { 'deep.a.0': 'x' }, { gone: null }, { missing: null }]) expect(matchesFilter(filter, data)).toBe(true);
  for (const filter of [{ channel: 'Telegram' }, { n: '1' }, { channel: [] }, { 'deep.a': 'x' }, { missing: 'x' }, { toString: 'x' }]) expect(matchesFilter(filter, data)).toBe(false);
});

describe('pauses', () => {
  const pause = (tries: number, over: Partial<Parameters<typeof pauseBeforeNext>[0]> = {}) => pauseBeforeNext({ order: 'none', retries: undefined, retryAfter: undefined, pace: 1, tries, ...over });

  test('ten tries in some 75 hours, or as many as are asked for', () => {
    const all = Array.from({ length: 12 }, (_, n) => pause(n + 1));
    expect(all.filter((one) => one !== undefined)).toHaveLength(9);
    const hours = all.reduce<number>((sum, one) => sum + (one ?? 0), 0) / 3_600_000;
    expect(hours).toBeGreaterThan(68);
    expect(hours).toBeLessThan(83.5);
    expect([pause(3, { retries: 3 }) === undefined, pause(4, { retries: 3 }), pause(1, { retries: 0 })]).toEqual([false, undefined, undefined]);
    expect(pause(40, { retries: 50 })).toBeGreaterThan(20 * 3_600_000);
  });

  test('in order, an hour and no more', () => {
    const all = Array.from({ length: 12 }, (_, n) => pause(n + 1, { order: 'fifo', retries: 50 })).filter((one) => one !== undefined);
    expect(all).toHaveLength(7);
    expect(all.reduce((sum, one) => sum + one, 0)).toBeLessThan(66 * 60_000);
  });

  test('what the endpoint asks for counts, up to an hour', () => {
    expect(pause(1, { retryAfter: 30_000 })).toBe(30_000);
    expect(pause(1, { retryAfter: 9e9 })).toBe(3_600_000);
    expect(pause(2, { retryAfter: 1_000 })).toBeGreaterThan(200_000);
    expect([readRetryAfter('120', AT), readRetryAfter(new Date(AT + 5_000).toUTCString(), AT), readRetryAfter('soon', AT), readRetryAfter('-5', AT), readRetryAfter(undefined, AT)]).toEqual([120_000, 5_000, undefined, undefined, undefined]);
  });
});

test('what stands in the configuration is the same webhook whatever its secret and its place', () => {
  const entry = { events: ['task.completed', 'task.failed'], url: 'http://a.example/', name: undefined, order: 'none', secrets: ['s'], headers: {}, signature: 'prefixed' } as const;
  const [a, b, twin] = configuredWebhooks([entry, { ...entry, url: 'http://b.example/' }, entry], AT).map(({ id }) => id);
  expect(configuredWebhooks([{ ...entry, url: 'http://b.example/' }, { ...entry, secrets: ['t'], events: ['task.failed', 'task.completed'], headers: { a: 'b' } }], AT).map(({ id }) => id)).toEqual([b, a]);
  expect(twin).not.toBe(a);
  expect(() => configuredWebhooks([{ ...entry, events: ['nothing'] }], AT)).toThrow(/no event "nothing"/);
  expect(() => configuredWebhooks([{ ...entry, headers: { host: 'x' } }], AT)).toThrow(/set by the gateway/);
});
