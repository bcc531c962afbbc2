import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

describe('a bounded queue', () => {
  test('hands on the newest in order and counts what it dropped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.oneof(fc.nat(), fc.constant('shift' as const)), { maxLength: 100 }), (limit, steps) => {
        const queue = new BoundedQueue<number>(limit);
        let expected: number[] = [];
        let missed = 0;
        for (const step of steps) {
          if (step === 'shift') {
            expect(queue.shift()).toBe(expected[0]);
            expected = expected.slice(1);
          } else {
            queue.push(step);
            expected = [...expected, step];
            if (expected.length > limit) missed++;
            expected = expected.slice(-limit);
          }
        }
        expect(queue.takeMissed()).toBe(missed);
        expect(queue.takeMissed()).toBe(0);
      }),
    );
  });

  test('wakes its reader for a value, for the end, and when its patience ends', async () => {
    const queue = new BoundedQueue<string>(2);
    const woken = queue.wait(5_000);
    queue.push('a');
    await woken;
    await queue.wait(5_000);
    expect(queue.shift()).toBe('a');
    await queue.wait(5);
    expect(queue.shift()).toBeUndefined();
    const ended = queue.wait(5_000);
    queue.close();
    await ended;
    queue.push('late');
    expect([queue.closed, queue.shift()]).toEqual([true, undefined]);
  });
});
