import { expect, test } from 'vitest';
import { newId } from './ids.ts';

test('ids name their kind, sort by the time they were made, and are all different', () => {
  const now = Date.UTC(2026, 0, 1);
  const ids = Array.from({ length: 20_000 }, (_, i) => newId('turn', now + (i >> 4)));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids.slice(0, 100)) expect(id).toMatch(/^turn_[0-9a-z]{24}$/);
  const times = ids.map((id) => id.slice(0, -16));
  expect(times).toEqual(times.toSorted());
});
