import { expect, test } from 'vitest';
import { toolContext } from '../__fixtures__/tool-context.ts';
import { timeTool } from './index.ts';

const time = (input: unknown) => timeTool.run(timeTool.input.parse(input), toolContext());

test('the time is told where the conversation is, or where it is asked for', async () => {
  expect(await time({})).toMatch(/^Sunday, March 1, 2026.*1:00:00.*\(Europe\/Berlin\); 2026-03-01T12:00:00\.000Z UTC$/);
  expect(await time({ timezone: 'America/New_York' })).toMatch(/7:00:00.*\(America\/New_York\)/);
});

test('a zone that does not exist is named in the failure', async () => {
  await expect(time({ timezone: 'Mars/Olympus' })).rejects.toThrow(/Mars\/Olympus/);
});
