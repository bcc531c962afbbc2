import { expect, test } from 'vitest';
import type { AuditEntry } from '../ports/audit-store.ts';
import { AuditTrail } from './audit-trail.ts';

// Only its place in the list matters here.
const entry = (operation: string): AuditEntry => ({ operation }) as AuditEntry;

test('a flush waits for what an earlier one has not written yet', async () => {
  const disk = Promise.withResolvers<void>();
  const written: string[] = [];
  const trail = new AuditTrail({ audit: async (entries) => {
    await disk.promise;
    written.push(...entries.map(({ operation }) => operation));
  } }, () => {});
  trail.add(entry('a'));
  const first = trail.flush();
  const second = trail.flush().then(() => [...written]);
  disk.resolve();
  await first;
  expect(await second).toEqual(['a']);
});

test('what cannot be stored is left in the log, and holds up nothing behind it', async () => {
  const logged: unknown[] = [];
  let isUp = false;
  const trail = new AuditTrail({ audit: async () => {
    if (!isUp) throw new Error('away');
  } }, (_, message, fields) => void logged.push([message, fields?.['entries']]));
  trail.add(entry('a'));
  await trail.flush();
  isUp = true;
  trail.add(entry('b'));
  await trail.flush();
  expect(logged).toEqual([['audit entries could not be stored', [entry('a')]]]);
});
