import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StagedTree } from '../../packages/gateway/src/drivers/skills/kit/staged-tree.ts';
import { unpackTarball } from '../../packages/gateway/src/drivers/skills/kit/unpack-tar.ts';
import { createTreeReader, treeHash } from '../../packages/gateway/src/engine/skills/read-tree.ts';
import { SKILL, tarHeader, tgz } from '../support/tar.ts';
import { BOMBS, HOSTILE } from './hostile-archives.ts';

const UNPACK = join(import.meta.dirname, '../support/unpack-process.ts');
const SLOWEST_MS = 2_000;
const LARGEST_MB = 64;

let outside: string;
let into: string;
let untouched: string;
let spawned = 0;
const count = (): void => void spawned++;

/** Everything in the folder around the one that is unpacked into. */
const hashOutside = async (): Promise<string> => treeHash(await createTreeReader()(outside, new Set(['into'])));

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'skills-hostile-'));
  await mkdir(join(outside, 'package'));
  for (const name of ['evil', 'package/evil', 'canary']) await writeFile(join(outside, name), 'untouched');
  untouched = await hashOutside();
  subscribe('child_process', count);
});
beforeEach(async () => {
  into = join(outside, 'into');
  await rm(into, { recursive: true, force: true });
  await mkdir(into);
  spawned = 0;
});
afterAll(async () => {
  unsubscribe('child_process', count);
  await rm(outside, { recursive: true, force: true });
});

/** Of the processor: what else this machine does is not the archive's fault. */
const millisecondsSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
};

const unpack = (packed: Uint8Array): Promise<void> => unpackTarball(packed, into, new AbortController().signal);

test('there are seventy hostile archives and more', () => {
  expect(HOSTILE.length + BOMBS.length).toBeGreaterThanOrEqual(70);
});

describe('refused, with nothing outside touched and nothing started', () => {
  test.each(HOSTILE)('$what', async ({ packed }) => {
    const bytes = packed();
    const before = process.threadCpuUsage();
    await expect(unpack(bytes)).rejects.toMatchObject({ code: 'skill_refused', message: expect.stringMatching(/^The package was refused: [^\p{Cc}]{5,300}$/u) });
    expect(millisecondsSince(before)).toBeLessThan(SLOWEST_MS);
    expect(await hashOutside()).toBe(untouched);
    expect(spawned).toBe(0);
    for (const entry of await readdir(into, { withFileTypes: true, recursive: true })) expect(entry.isFile() || entry.isDirectory(), entry.name).toBe(true);
  });

  test('whoever looks for started programs would see one', async () => {
    await promisify(execFile)('true');
    expect(spawned).toBe(1);
  });
});

describe('stopped within two seconds and 64 MB', () => {
  test.each(BOMBS)('$what', async ({ packed }) => {
    const running = promisify(execFile)(process.execPath, ['--expose-gc', UNPACK, into], { encoding: 'utf8' });
    running.child.stdin?.end(packed());
    const report = JSON.parse((await running).stdout) as { outcome: string; cpuMs: number; grownMB: number; spawned: number }; // written by unpack-process.ts
    expect(report.outcome).toMatch(/^skill_refused: /);
    expect(report.cpuMs).toBeLessThan(SLOWEST_MS);
    expect(report.grownMB).toBeLessThan(LARGEST_MB);
    expect(report.spawned).toBe(0);
    expect(await hashOutside()).toBe(untouched);
  });
});

describe('what is sound', () => {
  test('is unpacked: names of every kind, empty files, programs, folders, entries that begin with ./', async () => {
    const long = `package/${'n'.repeat(150)}/${'m'.repeat(120)}.md`;
    await unpack(tgz(
      { name: './', type: '5' },
      { name: './package/', type: '5', mode: 0o777 },
      { name: './package/SKILL.md', body: SKILL('good') },
      { name: 'package/run.sh', body: '#!/bin/sh\n', mode: 0o4755 },
      { name: 'package/empty' },
      { name: 'package/\u00fcmlaut \u{1f44b}.md', body: 'x' },
      { name: '././@LongLink', type: 'L', body: `${long}\0` },
      { name: long.slice(0, 100), body: 'long' },
    ));
    expect(await readFile(join(into, 'package/SKILL.md'), 'utf8')).toBe(SKILL('good'));
    expect(await readFile(join(into, long), 'utf8')).toBe('long');
    expect((await stat(join(into, 'package/run.sh'))).mode & 0o7777).toBe(0o700);
    expect((await stat(join(into, 'package/SKILL.md'))).mode & 0o7777).toBe(0o600);
    expect((await stat(join(into, 'package'))).mode & 0o7777).toBe(0o700);
    expect((await stat(join(into, 'package/empty'))).size).toBe(0);
  });

  test("what a type stands for that nobody knows is no more than a file's bytes", async () => {
    await unpack(tgz(...['7', 'S', 'V', 'Z'].map((type) => ({ name: `package/${type}`, body: 'plain', type }))));
    for (const type of ['7', 'S', 'V', 'Z']) expect(await readFile(join(into, 'package', type), 'utf8')).toBe('plain');
    expect(await hashOutside()).toBe(untouched);
  });

  test('what the machine\'s own tar and npm write can be read', async () => {
    for (const format of ['gnu', 'pax', 'ustar', 'v7']) {
      const folder = join(into, `source-${format}`);
      await mkdir(join(folder, 'package/sub'), { recursive: true });
      await writeFile(join(folder, 'package/SKILL.md'), SKILL('by-tar'));
      await writeFile(join(folder, 'package/sub', `${'x'.repeat(format === 'gnu' || format === 'pax' ? 180 : 80)}.md`), 'x');
      const { stdout } = await promisify(execFile)('tar', ['-cz', `--format=${format}`, '-C', folder, 'package'], { encoding: 'buffer' });
      const target = join(into, format);
      await mkdir(target);
      await unpackTarball(stdout, target, new AbortController().signal);
      expect(await readFile(join(target, 'package/SKILL.md'), 'utf8')).toBe(SKILL('by-tar'));
    }
  });
});

describe.skipIf(process.platform !== 'linux')('a folder that somebody replaces by a link meanwhile', () => {
  test('leads nowhere: what comes afterwards does not go where the link points', async () => {
    await using tree = new StagedTree(into);
    await tree.addFile('package/first', Readable.from(['1']));
    await rename(join(into, 'package'), join(into, 'moved'));
    await symlink(outside, join(into, 'package'));
    await tree.addFile('package/stolen', Readable.from(['2']));
    await tree.addFile('package/deeper/stolen', Readable.from(['3']));
    expect(await hashOutside()).toBe(untouched);
    expect(await readFile(join(into, 'moved/stolen'), 'utf8')).toBe('2');
  });

  test('also while an archive comes slowly, again and again', async () => {
    const packed = tgz(...Array.from({ length: 200 }, (_, i) => ({ name: `package/d${i % 7}/f${i}`, body: 'x' })));
    let over = false;
    const swapping = (async () => {
      for (let i = 0; !over; i++) {
        const place = join(into, 'package', `d${i % 7}`);
        await rename(place, join(into, `aside${i}`)).then(() => symlink(outside, place)).catch(() => {});
        await sleep(0);
      }
    })();
    await unpack(packed).catch(() => {});
    over = true;
    await swapping;
    expect(await hashOutside()).toBe(untouched);
  });
});

test('who gives up waiting has it stopped', async () => {
  const gone = AbortSignal.abort(new Error('enough'));
  await expect(unpackTarball(tgz({ name: 'package/x', body: 'x' }), into, gone)).rejects.toThrow('enough');
  await expect(unpackTarball(gzipSync(tarHeader({ name: 'x' })), into, gone)).rejects.toThrow('enough');
});
