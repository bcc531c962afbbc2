import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '@openclaw/contract';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openMemoryBus } from '../../packages/gateway/src/drivers/buses/memory/index.ts';
import { openPostgresBus } from '../../packages/gateway/src/drivers/buses/postgres/index.ts';
import type { EventBus, Signal } from '../../packages/gateway/src/engine/ports/event-bus.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { startPostgres } from '../support/postgres.ts';
import { busConformance, CALL, listen, text, textOf, told } from './bus.ts';

describe('memory bus', () => busConformance(async () => [openMemoryBus(silent)]));

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

const REPLY: Reply = {
  messageId: 'msg_1', turnId: 'turn_1', sessionId: 'sess_1', sessionKey: 'agent:main:main', text: 'hi', model: 'm/x',
  usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUSD: null }, toolsInvoked: ['a'], finishReason: 'stop', latencyMs: 1,
};
const MARK: Signal = { kind: 'cancel', turnId: 'turn_mark' };

describe.skipIf(!server)(`postgres bus${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let url = '';
  const openTwo = async (): Promise<EventBus[]> => {
    url = (await server?.createDatabase()) ?? '';
    return Promise.all([openPostgresBus({ url, log: silent }), openPostgresBus({ url, log: silent })]);
  };
  busConformance(openTwo);

  describe('between nodes', () => {
    let here: EventBus;
    let there: EventBus;
    beforeEach(async () => {
      const [one, two] = await openTwo();
      here = one ?? expect.fail('no bus');
      there = two ?? expect.fail('no bus');
    });
    afterEach(async () => {
      await here.close();
      await there.close();
    });
    /** What the other node hears of these, in their order. */
    const heardThere = async (...signals: Signal[]): Promise<Signal[]> => {
      const heard = listen(there);
      for (const signal of [...signals, MARK]) here.publish(signal);
      await vi.waitFor(() => expect(heard.at(-1)).toEqual(MARK), { timeout: 3_000 });
      return heard.slice(0, -1);
    };

    test('text is gathered: many words, few signals', async () => {
      const words = Array.from({ length: 200 }, (_, i) => text(`turn_${i % 4}`, `w${i} `));
      const heard = await heardThere(...words);
      expect(heard.length).toBeLessThan(20);
      for (let i = 0; i < 4; i++) expect(textOf(heard, `turn_${i}`)).toBe(textOf(words, `turn_${i}`));
    });

    test('text waits some 30 ms, no longer', async () => {
      const heard = listen(there);
      const from = performance.now();
      here.publish(text('turn_1', 'x'));
      await vi.waitFor(() => expect(heard).toHaveLength(1), { interval: 5 });
      expect(performance.now() - from).toBeLessThan(500);
    });

    test('what was changed is told by its name, or as anything', async () => {
      const signals: Signal[] = [{ kind: 'webhooks', ids: ['wh_1', 'wh_cron_2'] }, { kind: 'access' }, { kind: 'webhooks' }];
      expect(await heardThere(...signals)).toEqual(signals);
    });

    test('equal signals are not taken for one', async () => {
      const retry = told('turn_1', { type: 'retry', step: 0, message: 'msg_1', reason: 'again' });
      expect(await heardThere(retry, retry, retry)).toEqual([retry, retry, retry]);
    });

    test.each([['letters', 'abc '.repeat(20_000)], ['emoji', `x${'🦞'.repeat(9_999)}`], ['control characters', '\u0001'.repeat(20_000)]])('long text arrives whole: %s', async (_, long) => {
      const heard = await heardThere(text('turn_1', long));
      expect(textOf(heard, 'turn_1')).toBe(long);
      for (const one of heard) expect(textOf([one], 'turn_1').isWellFormed()).toBe(true);
    });

    test('words of another message, or words told again, are kept apart', async () => {
      const words = (message: string, offset: number, delta: string, again = false): Signal =>
        told('turn_1', { type: 'text', step: 0, message, offset, delta, ...(again && { again: true }) });
      const apart = [words('a', 0, 'one'), words('b', 3, 'two'), words('b', 0, 'tw', true), words('b', 5, 'x'), words('b', 9, 'y')];
      expect(await heardThere(...apart)).toEqual(apart);
    });

    test('of an event too large to be told, its readers learn that they missed it', async () => {
      const large = 'x'.repeat(100_000);
      const [call, result, failed, short, done] = await heardThere(
        told('turn_1', { type: 'tool_call', ...CALL, input: { large }, after: 0 }),
        told('turn_1', { type: 'tool_result', ...CALL, output: `begin ${large}`, isError: false }),
        told('turn_1', { type: 'failed', code: 'internal', message: large }),
        told('turn_1', { type: 'done', reply: REPLY }),
        told('turn_1', { type: 'done', reply: { ...REPLY, text: large } }),
      );
      expect(call).toEqual(told('turn_1', { type: 'missed' }));
      expect(result).toEqual(told('turn_1', { type: 'missed' }));
      expect(failed).toMatchObject({ event: { type: 'failed', code: 'internal' } });
      expect(short).toEqual(told('turn_1', { type: 'done', reply: REPLY }));
      expect(done).toEqual(told('turn_1', { type: 'ended' }));
    });

    test('after its connection broke it comes back, says that something may be lost, and goes on both ways', { timeout: 20_000 }, async () => {
      const heardHere = listen(here);
      const heard = listen(there);
      await server?.breakConnections(url, 'openclaw-bus');
      await vi.waitFor(() => expect(heardHere).toContainEqual({ kind: 'wake' }), { timeout: 10_000 });
      await vi.waitFor(() => expect(heard).toContainEqual({ kind: 'lost' }), { timeout: 10_000 });
      here.publish(MARK);
      there.publish(text('turn_2', 'back'));
      await vi.waitFor(() => expect(heard).toContainEqual(MARK), { timeout: 3_000 });
      await vi.waitFor(() => expect(textOf(heardHere, 'turn_2')).toBe('back'), { timeout: 3_000 });
    });

    test('while there is no connection, publishing neither waits nor throws, and what fits is sent later', { timeout: 20_000 }, async () => {
      const heard = listen(there);
      await server?.breakConnections(url, 'openclaw-bus');
      await vi.waitFor(() => expect(heard).toContainEqual({ kind: 'wake' }), { timeout: 10_000 });
      await sleep(300);
      for (let i = 0; i < 1_000; i++) here.publish(text('turn_1', 'x'));
      await vi.waitFor(() => expect(textOf(heard, 'turn_1').length).toBe(1_000), { timeout: 5_000 });
    });
  });

  test('a database that is not there is said plainly, without the password', async () => {
    const opening = openPostgresBus({ url: 'postgres://user:a-secret-password@127.0.0.1:1/none', log: silent });
    await expect(opening).rejects.toThrow(/ECONNREFUSED/);
    await expect(opening).rejects.not.toThrow(/a-secret-password/);
  });
});
