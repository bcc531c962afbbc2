import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventBus, LiveEvent, Signal } from '../../packages/gateway/src/engine/ports/event-bus.ts';

export const told = (turnId: string, event: LiveEvent): Signal => ({ kind: 'turn', turnId, session: { id: 'sess_1', key: 'agent:main:main', workspace: 'main' }, event });

const said = new Map<string, number>();
/** The next words of a turn. */
export const text = (turnId: string, delta: string): Signal => {
  const offset = said.get(turnId) ?? 0;
  said.set(turnId, offset + delta.length);
  return told(turnId, { type: 'text', step: 0, message: `msg_${turnId}`, offset, delta });
};

export const CALL = { step: 0, message: 'msg_1', index: 0, of: 1, id: 'c', tool: 't' } as const;

export const listen = (bus: EventBus): Signal[] => {
  const heard: Signal[] = [];
  bus.subscribe((signal) => heard.push(signal));
  return heard;
};

/** What a turn's listeners have read so far. */
export const textOf = (signals: readonly Signal[], turnId: string): string =>
  signals.map((one) => (one.kind === 'turn' && one.turnId === turnId && one.event.type === 'text' ? one.event.delta : '')).join('');

/** Every sentence of the EventBus port. `open` makes as many buses as share one store: one, or several nodes. */
export const busConformance = (open: () => Promise<readonly EventBus[]>): void => {
  let buses: readonly EventBus[] = [];
  beforeEach(async () => {
    buses = await open();
  });
  afterEach(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
  });
  const first = (): EventBus => buses[0] ?? expect.fail('no bus');
  const cancel: Signal = { kind: 'cancel', turnId: 'turn_1' };

  test('who listens on this node hears a signal at once, and once', async () => {
    const heard = listen(first());
    first().publish(cancel);
    expect(heard).toEqual([cancel]);
    await sleep(100);
    expect(heard).toEqual([cancel]);
  });

  test('everyone hears every signal, in order, with nothing of a turn lost or doubled', async () => {
    const all = buses.map(listen);
    const end = told('turn_1', { type: 'failed', code: 'x', message: 'y' });
    const call = told('turn_1', { type: 'tool_call', ...CALL, input: { a: [1] }, after: 0 });
    for (let i = 0; i < 50; i++) first().publish(text(`turn_${i % 2}`, `${i},`));
    first().publish(call);
    first().publish(text('turn_1', 'after'));
    first().publish(end);
    for (const heard of all) {
      await vi.waitFor(() => expect(heard.at(-1)).toEqual(end), { timeout: 3_000 });
      expect(textOf(heard, 'turn_0')).toBe(Array.from({ length: 25 }, (_, i) => `${i * 2},`).join(''));
      expect(textOf(heard, 'turn_1')).toBe(`${Array.from({ length: 25 }, (_, i) => `${i * 2 + 1},`).join('')}after`);
      const place = heard.findIndex((one) => one.kind === 'turn' && one.event.type === 'tool_call');
      expect(heard[place]).toEqual(call);
      expect(textOf(heard.slice(place), 'turn_1')).toBe('after');
    }
  });

  test('a listener that throws harms no other, and one that left hears nothing', () => {
    const left: Signal[] = [];
    first().subscribe(() => {
      throw new Error('a bad listener');
    });
    first().subscribe((signal) => left.push(signal))();
    const heard = listen(first());
    expect(() => first().publish(cancel)).not.toThrow();
    expect(heard).toEqual([cancel]);
    expect(left).toEqual([]);
  });

  test('publishing after it was closed does nothing, and does not throw', async () => {
    const heard = listen(first());
    await first().close();
    expect(() => first().publish(cancel)).not.toThrow();
    expect(heard).toEqual([]);
  });
};
