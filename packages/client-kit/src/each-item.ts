import type { Page, Paged } from './options.ts';

interface Listed<T> extends Paged {
  readonly items: readonly T[];
}

const PAGE_SIZE = 100;

/** Every item of a list, page by page. What moves on to a later page while it is read is told once. */
export async function* eachItem<T>(ask: (page: Page) => Promise<Listed<T>>, keyOf: (item: T) => string, { limit = PAGE_SIZE, offset: start = 0 }: Page = {}): AsyncGenerator<T, void> {
  const told = new Set<string>();
  for (let offset = start; ; ) {
    const { items, total } = await ask({ limit, offset });
    for (const item of items) {
      const key = keyOf(item);
      if (told.has(key)) continue;
      told.add(key);
      yield item;
    }
    offset += items.length;
    if (items.length === 0 || offset >= total) return;
  }
}
