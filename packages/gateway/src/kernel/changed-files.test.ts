import { mkdir, mkdtemp, readdir, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { changedFiles } from './changed-files.ts';

let root: string;
let outside: string;
beforeEach(async () => {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'changed-files-')));
  [root, outside] = [join(place, 'work'), join(place, 'outside')];
  await mkdir(root);
  await mkdir(outside);
});
afterEach(() => rm(join(root, '..'), { recursive: true, force: true }));

const write = async (name: string, text = 'x'): Promise<void> => {
  await mkdir(join(root, name, '..'), { recursive: true });
  await writeFile(join(root, name), text);
};

/** Some time passes, as it does before a task begins. */
const later = async (): Promise<number> => {
  await pause(60);
  return Date.now();
};

describe('what changed in a folder', () => {
  test('is what was created and what was modified since, by its path', async () => {
    await write('old.txt');
    await write('notes/changed.txt');
    const since = await later();
    await write('notes/changed.txt', 'longer');
    await write('new.txt', 'four');
    await write('deep/er/new.txt', '');
    expect(await changedFiles(root, since)).toEqual({
      files: [
        { path: 'deep/er/new.txt', change: 'created', size: 0 },
        { path: 'new.txt', change: 'created', size: 4 },
        { path: 'notes/changed.txt', change: 'modified', size: 6 },
      ],
      cutOff: false,
    });
  });

  test('counts what was written in the very moment it began', async () => {
    for (let i = 0; i < 50; i++) {
      const since = Date.now();
      await write(`at-once-${i}.txt`);
      expect((await changedFiles(root, since)).files.map(({ path }) => path)).toContain(`at-once-${i}.txt`);
    }
  });

  test('holds where a file system knows seconds only', async () => {
    await write('coarse.txt');
    await write('older.txt');
    const since = (await later()) + 3_000;
    const second = Math.floor(since / 1_000);
    await utimes(join(root, 'coarse.txt'), second, second);
    await utimes(join(root, 'older.txt'), second - 1, second - 1);
    expect((await changedFiles(root, since)).files).toEqual([{ path: 'coarse.txt', change: 'modified', size: 1 }]);
  });

  test('leaves out what other programs keep there, links, and what is no file', async () => {
    const since = Date.now();
    await write('.git/index');
    await write('sub/node_modules/x/index.js');
    await write('kept.txt');
    await writeFile(join(outside, 'secret.txt'), 'secret');
    await symlink(join(outside, 'secret.txt'), join(root, 'link.txt'));
    await symlink(outside, join(root, 'folder'));
    await symlink(root, join(root, 'loop'));
    expect(await changedFiles(root, since)).toEqual({ files: [{ path: 'kept.txt', change: 'created', size: 1 }], cutOff: false });
  });

  test.each([
    ['entries', { entries: 5 }],
    ['depth', { depth: 1 }],
    ['files', { files: 3 }],
    ['ms', { ms: 0 }],
  ])('says that it was cut off, where the bound is %s', async (_, bounds) => {
    const since = Date.now();
    for (let i = 0; i < 8; i++) await write(`a/b${i}/c${i}.txt`);
    const found = await changedFiles(root, since, bounds);
    expect(found.cutOff).toBe(true);
    expect(found.files.length).toBeLessThan(8);
    expect(await changedFiles(root, since)).toMatchObject({ files: { length: 8 }, cutOff: false });
  });

  test('leaves nothing open', async () => {
    for (let i = 0; i < 20; i++) await write(`a/b${i}/c${i}.txt`);
    const open = async () => (await readdir('/proc/self/fd')).length;
    const before = await open();
    for (let i = 0; i < 50; i++) await changedFiles(root, 0, { entries: i });
    // Others in this process may open one meanwhile.
    expect(await open()).toBeLessThan(before + 20);
  });

  test('of a folder that went away, or became a link, is nothing', async () => {
    const since = Date.now();
    await writeFile(join(outside, 'secret.txt'), 'secret');
    await rm(root, { recursive: true });
    expect(await changedFiles(root, since)).toEqual({ files: [], cutOff: true });
    await symlink(outside, root);
    expect(await changedFiles(root, since)).toEqual({ files: [], cutOff: true });
    await mkdir(join(outside, 'inner'));
    expect(await changedFiles(join(root, 'inner'), since)).toEqual({ files: [], cutOff: true });
  });

  test('never names what a folder that is swapped for a link holds', async () => {
    const since = Date.now();
    for (let i = 0; i < 40; i++) await write(`sub/deeper/mine-${i}.txt`);
    await mkdir(join(outside, 'deeper'));
    for (const name of ['secret.txt', 'deeper/secret.txt']) await writeFile(join(outside, name), 'secret');
    const [sub, aside, link] = [join(root, 'sub'), join(root, '..', 'aside'), join(root, '..', 'link')];
    let swapping = true;
    const swap = (async () => {
      for (let i = 0; swapping; i++) {
        await symlink(outside, link);
        await rename(sub, aside);
        await rename(link, sub);
        await rm(sub);
        await rename(aside, sub);
        // Else both could go on in step for ever.
        if (i % 8 === 0) await pause(5);
      }
    })();
    let seen = 0;
    try {
      for (let i = 0; i < 1_000 || (i < 10_000 && seen === 0); i++) {
        const { files } = await changedFiles(root, since);
        if (files.length > 0) seen++;
        for (const { path } of files) expect(path).toMatch(/^sub\/deeper\/mine-\d+\.txt$/);
      }
    } finally {
      swapping = false;
      await swap;
    }
    expect(seen).toBeGreaterThan(0);
  }, 20_000);
});
