import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startGit } from './run-git.ts';

test('what git wrote is there also for who comes to read it when git has ended', async () => {
  const git = startGit(['--version'], { env: process.env, signal: new AbortController().signal });
  await git.ended;
  expect(await text(git.stdout)).toMatch(/^git version \d/);
});
