import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Page, readPages } from './pages.ts';

const keyOf = (row: number): string => String(row);
const listOf = (total: number, asked: Page[] = []) => async (page: Page) => {
  asked.push(page);
  return { rows: Array.from({ length: total }, (_, n) => n).slice(page.offset, page.offset + page.limit), total };
};

test('as many as are wanted, in their order, with no question too many', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.integer({ min: 0, max: 900 }), fc.constantFrom(0, 200, 400)), fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined }), async (total, limit) => {
      const asked: Page[] = [];
      const wanted = Math.min(total, limit ?? total);
      const list = await readPages(listOf(total, asked), { keyOf, ...(limit !== undefined && { limit }) });
      expect(list).toEqual({ rows: Array.from({ length: wanted }, (_, n) => n), total });
      expect(asked.length).toBe(Math.max(1, Math.ceil(wanted / 200)));
      for (const { limit: size } of asked) expect(size >= 1 && size <= 200).toBe(true);
    }),
  );
});

test('what comes to the front while this goes on pushes none out and shows none twice', async () => {
  const all = Array.from({ length: 450 }, (_, n) => n);
  let next = 450;
  const { rows } = await readPages(
    async ({ limit, offset }) => {
      const page = { rows: all.slice(offset, offset + limit), total: all.length };
      all.unshift(next++);
      return page;
    },
    { keyOf },
  );
  expect(rows).toEqual(Array.from({ length: 450 }, (_, n) => n));
});

test('what goes away meanwhile leaves it no reason to ask for ever', async () => {
  let asked = 0;
  const ask = async ({ limit, offset }: Page) => {
    if (++asked > 2) throw new Error('asked again');
    return { rows: offset === 0 ? Array.from({ length: limit }, (_, n) => n) : [], total: 500 };
  };
  expect((await readPages(ask, { keyOf })).rows).toHaveLength(200);
});
