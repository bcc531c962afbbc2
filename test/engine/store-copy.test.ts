/** What nodes hold in memory of the store: when it is read, how often, and which answer counts. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openMemoryBus } from '../../packages/gateway/src/drivers/buses/memory/index.ts';
import { StoreCopy } from '../../packages/gateway/src/engine/access/index.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';

/** A store that holds a number, and answers when it is let. */
const makeStore = () => {
  const waiting: (() => void)[] = [];
  const store = {
    holds: 1,
    reads: 0,
    down: false,
    read: async (): Promise<number> => {
      store.reads++;
      const { holds, down } = store;
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (down) throw new Error('down');
      return holds;
    },
    answer: async (): Promise<void> => {
      await vi.waitFor(() => expect(waiting).not.toHaveLength(0));
      waiting.shift()?.();
    },
  };
  return store;
};

describe('a copy of the store', () => {
  let store: ReturnType<typeof makeStore>;
  let taken: number[];
  let warned: string[];
  const bus = openMemoryBus(silent);
  const open = (from = store, into = taken) =>
    new StoreCopy({ what: 'numbers', read: from.read, take: (rows) => void into.push(rows), bus, log: (_, message) => void warned.push(message) });
  beforeEach(() => {
    store = makeStore();
    taken = [];
    warned = [];
  });
  let copy: StoreCopy<number> | undefined;
  afterEach(() => copy?.close());

  test('is read once where something was changed here, and others hear of it at once', async () => {
    copy = open();
    const other = makeStore();
    const heard: number[] = [];
    const another = open(other, heard);
    store.holds = 2;
    const told = copy.tell();
    await other.answer();
    await store.answer();
    await told;
    await expect.poll(() => heard).toEqual([1]);
    expect([taken, store.reads, other.reads]).toEqual([[2], 1, 1]);
    another.close();
  });

  test('an older answer never wins, and nobody gets one that is older than the question', async () => {
    copy = open();
    const first = copy.read();
    await vi.waitFor(() => expect(store.reads).toBe(1));
    store.holds = 2;
    const others = [copy.read(), copy.read(), copy.tell()];
    expect(store.reads).toBe(1);
    await store.answer();
    expect(await first).toBe(1);
    await store.answer();
    expect(await Promise.all(others)).toEqual([2, 2, undefined]);
    expect([taken, store.reads]).toEqual([[1, 2], 2]);
  });

  test.each(['access', 'lost'] as const)('is read again when a node says "%s", and once more where that fails', async (kind) => {
    copy = open();
    store.down = true;
    bus.publish({ kind });
    await store.answer();
    await expect.poll(() => warned).toEqual(['numbers could not be read again']);
    store.down = false;
    await vi.waitFor(() => expect(store.reads).toBe(2), { timeout: 3_000 });
    await store.answer();
    await expect.poll(() => taken).toEqual([1]);
  });

  test('a reading that failed harms neither the next nor the one who tells', async () => {
    copy = open();
    store.down = true;
    const failed = expect(copy.tell()).rejects.toThrow('down');
    await store.answer();
    await failed;
    store.down = false;
    const next = copy.read();
    await store.answer();
    expect(await next).toBe(1);
  });

  test('that is closed is not read any more', async () => {
    copy = open();
    store.down = true;
    bus.publish({ kind: 'access' });
    copy.close();
    await store.answer();
    bus.publish({ kind: 'access' });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect([store.reads, warned]).toEqual([1, []]);
  });
});
