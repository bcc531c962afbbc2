import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveWorkingDirectory } from './working-directory.ts';

let place: string;
let places: { readonly workspaceFolder: string; readonly roots: readonly string[] };
beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'working-directory-')));
  for (const folder of ['agent/notes', 'agent-of-another', 'code/app', 'elsewhere/secret']) await mkdir(join(place, folder), { recursive: true });
  await writeFile(join(place, 'agent/file.txt'), '');
  await symlink(join(place, 'elsewhere'), join(place, 'agent/out'));
  await symlink(join(place, 'code'), join(place, 'agent/code'));
  await symlink('notes', join(place, 'agent/inner'));
  await symlink(join(place, 'code'), join(place, 'code-by-another-name'));
  await symlink('loop', join(place, 'agent/loop'));
  places = { workspaceFolder: join(place, 'agent'), roots: [join(place, 'code-by-another-name'), join(place, 'not-there-yet')] };
});
afterAll(() => rm(place, { recursive: true, force: true }));

const outcome = async (asked: string): Promise<string> =>
  // It throws nothing else.
  resolveWorkingDirectory(asked.replace('{}', place), places).then((found) => found.replace(place, '{}'), (thrown: { code: string }) => thrown.code);

describe('a working directory', () => {
  test.each([
    ['{}/agent', '{}/agent'],
    ['{}/agent/', '{}/agent'],
    ['{}/agent/notes', '{}/agent/notes'],
    ['notes', '{}/agent/notes'],
    ['.', '{}/agent'],
    ['notes/../notes', '{}/agent/notes'],
    ['{}/agent/inner', '{}/agent/notes'],
    ['{}/code/app', '{}/code/app'],
    ['{}/code-by-another-name/app', '{}/code/app'],
    ['{}/agent/code/app', '{}/code/app'],
  ])('%s is %s', async (asked, found) => {
    expect(await outcome(asked)).toBe(found);
  });

  test.each([
    '/', '/proc/self', '/proc/self/cwd', '/etc', '/dev/fd/0', '..', '../..', '../agent-of-another', '{}/agent/..', '{}/agent/../elsewhere', '{}/agent/out', '{}/agent/out/secret',
    '{}/agent-of-another', '{}/elsewhere/secret', '{}', '//etc', '{}/agent/notes/../../elsewhere',
    // Nothing is told of whether something is there.
    '/not/there', '{}/elsewhere/not/there', '{}/agent/out/not/there', '../not-there', '/etc/passwd', '/etc/passwd/x',
  ])('%s is outside', async (asked) => {
    expect(await outcome(asked)).toBe('forbidden');
  });

  test.each(['~', '~root', '~/code', '~root/..', 'absent', '{}/agent/absent/deep', '{}/agent/file.txt', 'file.txt/x', 'loop', 'notes\0/etc', '{}/not-there-yet', 'x'.repeat(3_000), '%2e%2e', '..\\..\\etc', 'file:///etc'])(
    '%s is none',
    async (asked) => {
      expect(await outcome(asked)).toBe('invalid_request');
    },
  );

  test('that is refused names the key, and holds nothing of the machine', async () => {
    const refused = resolveWorkingDirectory('/etc', places);
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('tools.roots'), details: { key: 'tools.roots' } });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining(place) });
  });

  test('may be anywhere where the root is everything', async () => {
    expect(await resolveWorkingDirectory('/', { workspaceFolder: places.workspaceFolder, roots: ['/'] })).toBe('/');
    expect(await resolveWorkingDirectory(join(place, 'elsewhere'), { workspaceFolder: places.workspaceFolder, roots: ['/'] })).toBe(join(place, 'elsewhere'));
  });
});
