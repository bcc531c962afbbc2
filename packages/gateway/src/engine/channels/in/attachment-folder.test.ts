import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AttachmentFolder } from './attachment-folder.ts';

const BLOCK = 4_096;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'attachments-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const nameOf = (i: number): string => `${String(i).padStart(12, '0')}-x`;
const content = Buffer.alloc(100);
const kept = async (): Promise<readonly string[]> => (await readdir(join(root, 'attachments'), { recursive: true, withFileTypes: true })).filter((one) => one.isFile()).map(({ name }) => name).toSorted();

test('of more than there is room for the oldest give way, also those of before a restart; what it did not write stays', async () => {
  const write = async (folder: AttachmentFolder, i: number): Promise<void> => {
    const path = join(root, await folder.write(i < 10 ? '2026-01' : '2026-02', nameOf(i), content));
    await utimes(path, i, i);
  };
  const before = new AttachmentFolder(root, 20 * BLOCK);
  for (let i = 0; i < 15; i++) await write(before, i);
  await writeFile(join(root, 'attachments', '2026-01', 'of-the-owner'), Buffer.alloc(50 * BLOCK));
  const after = new AttachmentFolder(root, 20 * BLOCK);
  for (let i = 15; i < 31; i++) await write(after, i);
  const names = await kept();
  expect(names).toContain('of-the-owner');
  const own = names.filter((name) => name !== 'of-the-owner');
  expect(own.length).toBeGreaterThanOrEqual(19);
  expect(own.length).toBeLessThanOrEqual(20);
  expect(own).toEqual(Array.from({ length: own.length }, (_, i) => nameOf(31 - own.length + i)));
  // A month that has nothing left is gone, unless something else lies in it.
  await rm(join(root, 'attachments', '2026-01', 'of-the-owner'));
  for (let i = 31; i < 33; i++) await write(after, i);
  expect(await readdir(join(root, 'attachments'))).toEqual(['2026-02']);
});

test('one file of the same name is one file, however often it is written', async () => {
  const folder = new AttachmentFolder(root, 3 * BLOCK);
  await folder.write('2026-01', nameOf(1), content);
  for (let i = 0; i < 9; i++) await folder.write('2026-01', nameOf(2), content);
  expect(await kept()).toEqual([nameOf(1), nameOf(2)]);
});

test('what a link leads to is not counted and not taken away', async () => {
  const elsewhere = join(root, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, nameOf(1)), Buffer.alloc(9 * BLOCK));
  await mkdir(join(root, 'attachments'));
  await symlink(elsewhere, join(root, 'attachments', '2026-01'));
  const folder = new AttachmentFolder(root, 2 * BLOCK);
  for (let i = 2; i < 6; i++) await folder.write('2026-02', nameOf(i), content);
  expect(await readdir(elsewhere)).toEqual([nameOf(1)]);
});
