import fc from 'fast-check';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeFileAtomic, type FileOperations } from './atomic-write.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The disk, with a fault at the given step and a record of what was asked of it. */
const failingAt = (step: number) => {
  const asked: string[] = [];
  const turn = (name: string): void => {
    asked.push(name);
    if (asked.length === step) throw Object.assign(new Error(`${name} failed`), { code: 'ENOSPC' });
  };
  const operations: FileOperations = {
    open: async (path, flags, mode) => {
      turn('open');
      const handle = await open(path, flags, mode);
      return new Proxy(handle, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== 'function') return value;
          return async (...values: unknown[]) => {
            if (key !== 'close') turn(String(key));
            return Reflect.apply(value, target, values);
          };
        },
      });
    },
    rename: async (from, to) => {
      turn('rename');
      await rename(from, to);
    },
    rm,
  };
  return { operations, asked };
};

describe('writeFileAtomic', () => {
  test('writes the file for its owner alone', async () => {
    const file = join(folder, 'a');
    await writeFileAtomic(file, 'hello');
    expect(await readFile(file, 'utf8')).toBe('hello');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('takes a mode, whatever the umask takes away', async () => {
    await writeFileAtomic(join(folder, 'a'), 'x', { mode: 0o666 });
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o666);
  });

  test('syncs the file before the rename and the folder after it', async () => {
    const { operations, asked } = failingAt(0);
    await writeFileAtomic(join(folder, 'a'), 'x', { operations });
    expect(asked).toEqual(['open', 'chmod', 'writeFile', 'sync', 'rename', 'open', 'sync']);
  });

  test('leaves no draft where the target cannot be replaced', async () => {
    await mkdir(join(folder, 'a', 'inner'), { recursive: true });
    await expect(writeFileAtomic(join(folder, 'a'), 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['a']);
  });

  test('whatever step fails, the file is the old one or the new one and nothing lies beside it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.string(), fc.string(), async (step, old, fresh) => {
        const file = join(folder, 'state');
        await writeFileAtomic(file, old);
        const failed = await writeFileAtomic(file, fresh, { operations: failingAt(step).operations }).then(() => false, () => true);
        expect(failed).toBe(step <= 7);
        expect(await readFile(file, 'utf8')).toBe(step <= 5 ? old : fresh);
        expect(await readdir(folder)).toEqual(['state']);
      }),
      { numRuns: 60 },
    );
  });
});
