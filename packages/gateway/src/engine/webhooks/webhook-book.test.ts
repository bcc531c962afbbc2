import { expect, test } from 'vitest';
import { openMemoryBus } from '../../drivers/buses/memory/index.ts';
import { silent } from '../../kernel/log.ts';
import type { WebhookRecord } from '../ports/webhook-store.ts';
import { WebhookBook } from './webhook-book.ts';

const record = (id: string, over: Partial<WebhookRecord> = {}): WebhookRecord => ({
  id, name: undefined, source: 'api', workspace: undefined, events: ['*'], order: 'none', definition: { url: 'https://app.example/', headers: {}, signature: 'bare' }, secrets: [], enabled: true, createdBy: 'x',
  createdAt: Number(id.slice(3)), disabledReason: undefined, failures: 0, failingSince: undefined, updatedAt: 0, ...over,
});

/** Two nodes on one store, which says what was read of it. */
const open = () => {
  const rows = new Map<string, WebhookRecord>();
  const put = (...records: readonly WebhookRecord[]): void => records.forEach((one) => rows.set(one.id, one));
  const reads: (readonly string[] | undefined)[] = [];
  const state = { down: false };
  const bus = openMemoryBus(silent);
  const store = {
    settleWebhooks: async () => {},
    webhooks: async (ids?: readonly string[]) => {
      reads.push(ids);
      if (state.down) throw new Error('down');
      return [...rows.values()].filter(({ id }) => ids?.includes(id) ?? true);
    },
  };
  const book = () => new WebhookBook({ store, bus, configured: () => [], log: silent, now: Date.now });
  return { rows, put, reads, state, bus, here: book(), there: book() };
};

const shown = (book: WebhookBook): readonly string[] => book.all.map(({ id, enabled }) => (enabled ? id : `(${id})`));

test('all are read at first, and then those that were changed, on every node', async () => {
  const { rows, put, reads, here, there } = open();
  put(record('wh_1'), record('wh_2'));
  await here.changed(['wh_1']);
  await expect.poll(() => shown(there)).toEqual(['wh_2', 'wh_1']);
  expect(reads.splice(0)).toEqual([undefined, undefined]);
  put(record('wh_1', { enabled: false }), record('wh_3'));
  await here.changed(['wh_1', 'wh_3']);
  expect(shown(here)).toEqual(['wh_3', 'wh_2', '(wh_1)']);
  rows.delete('wh_2');
  await there.changed(['wh_2']);
  expect(shown(there)).toEqual(['wh_3', '(wh_1)']);
  await expect.poll(() => shown(here)).toEqual(['wh_3', '(wh_1)']);
  expect(new Set(reads.flat())).toEqual(new Set(['wh_1', 'wh_3', 'wh_2']));
  put(record('wh_3', { enabled: false }));
  expect(here.listens).toBe(true);
  await here.changed(['wh_3']);
  expect(here.listens).toBe(false);
});

test('several changes at once are one reading, and none is lost on the way', async () => {
  const { put, reads, here } = open();
  await here.changed();
  reads.length = 0;
  await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    await Promise.resolve();
    put(record(`wh_${i}`));
    return here.changed([`wh_${i}`]);
  }));
  expect(here.all).toHaveLength(40);
  expect(reads.length).toBeLessThan(10);
});

test('what could not be read, and what was not heard, is read anew', async () => {
  const { put, reads, state, bus, here } = open();
  await here.changed();
  put(record('wh_1'));
  state.down = true;
  await expect(here.changed(['wh_1'])).rejects.toThrow('down');
  state.down = false;
  put(record('wh_2'));
  reads.length = 0;
  await here.changed(['wh_2']);
  expect([shown(here), reads[0]]).toEqual([['wh_2', 'wh_1'], undefined]);
  // Of this one nobody says a word.
  put(record('wh_3'));
  bus.publish({ kind: 'lost' });
  await expect.poll(() => shown(here)).toEqual(['wh_3', 'wh_2', 'wh_1']);
});

test('many at once are read as all', async () => {
  const { put, reads, here } = open();
  await here.changed();
  reads.length = 0;
  const many = Array.from({ length: 51 }, (_, i) => record(`wh_${i}`));
  put(...many);
  await here.changed(many.map(({ id }) => id));
  expect([here.all.length, reads[0]]).toEqual([51, undefined]);
});
