import { expect, test } from 'vitest';
import { askFor, roomsLeft } from './agent-rooms.ts';

const limits = new Map([['slow', 2], ['alone', 1]]);

test('what runs takes room of its own agent, and of no other', () => {
  expect([...roomsLeft(limits, ['slow', 'main', undefined, 'alone'])]).toEqual([['slow', 1], ['alone', 0]]);
  // A limit that was lowered while more than that ran.
  expect(roomsLeft(limits, ['slow', 'slow', 'slow']).get('slow')).toBe(-1);
});

test('what is asked for fits whichever agents it is of', () => {
  expect(askFor(32, new Map())).toEqual({ limit: 32, without: [] });
  expect(askFor(32, roomsLeft(limits, []))).toEqual({ limit: 1, without: [] });
  expect(askFor(32, roomsLeft(limits, ['alone']))).toEqual({ limit: 2, without: ['alone'] });
  expect(askFor(5, roomsLeft(limits, ['alone', 'slow', 'slow', 'slow']))).toEqual({ limit: 5, without: ['slow', 'alone'] });
  expect(askFor(0, roomsLeft(limits, [])).limit).toBe(0);
});
