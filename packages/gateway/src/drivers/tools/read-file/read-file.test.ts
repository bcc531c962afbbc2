import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toolContext } from '../__fixtures__/tool-context.ts';
import { readFileTool } from './index.ts';

let root: string;
let workspaceFolder: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'read-file-')));
  workspaceFolder = join(root, 'agent');
  await mkdir(join(workspaceFolder, 'notes'), { recursive: true });
  await mkdir(join(root, 'agent-of-another'));
  await writeFile(join(root, 'secret.txt'), 'the secret');
  await writeFile(join(root, 'agent-of-another', 'secret.txt'), 'the secret');
  await writeFile(join(workspaceFolder, 'plain.txt'), 'Grüße 👋');
  await writeFile(join(workspaceFolder, 'notes', 'deep.txt'), 'deep');
  await writeFile(join(workspaceFolder, '..odd name.txt'), 'odd');
  await writeFile(join(workspaceFolder, 'empty.txt'), '');
  await symlink(join(root, 'secret.txt'), join(workspaceFolder, 'link.txt'));
  await symlink(root, join(workspaceFolder, 'up'));
  await symlink('/dev/zero', join(workspaceFolder, 'zero'));
  await symlink('plain.txt', join(workspaceFolder, 'inner-link.txt'));
  execFileSync('mkfifo', [join(workspaceFolder, 'pipe')]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const read = (path: string, offset?: number): Promise<string> => readFileTool.run(readFileTool.input.parse({ path, offset }), toolContext({ workspaceFolder }));

/** As a model would: page after page, by the offset that each names. */
const readAll = async (path: string, offset?: number): Promise<string> => {
  const page = await read(path, offset);
  const cut = /\n\[\d+ bytes more; read on with offset (\d+)\]$/.exec(page);
  return cut ? page.slice(0, cut.index) + (await readAll(path, Number(cut[1]))) : page;
};

describe('read_file', () => {
  test('reads text below the folder of the agent', async () => {
    expect(await read('plain.txt')).toBe('Grüße 👋');
    expect(await read('notes/../notes/deep.txt')).toBe('deep');
    expect(await read('./inner-link.txt')).toBe('Grüße 👋');
    expect(await read('..odd name.txt')).toBe('odd');
    expect(await read('empty.txt')).toBe('');
    expect(await read(join(workspaceFolder, 'plain.txt'))).toBe('Grüße 👋');
  });

  test.each([
    '../secret.txt', 'notes/../../secret.txt', '..\\secret.txt', '%2e%2e%2fsecret.txt', '%252e%252e%252fsecret.txt', '/etc/passwd', '~/secret.txt', 'file:///etc/passwd',
    '\\\\host\\share\\x', '../agent-of-another/secret.txt', '/proc/self/environ', '/proc/self/fd/0', 'link.txt', 'up/secret.txt', 'up/agent/../secret.txt',
    'plain.txt ', 'plain.txt.', 'CON', 'zero', '/dev/stdin', 'absent.txt', 'x'.repeat(1_000),
  ])('finds nothing at %s', async (path) => {
    await expect(read(path)).rejects.toThrow(`There is no file ${path} in the agent's folder.`);
  });

  test.each(['.', '', 'notes', 'pipe', '..', '/', 'up', 'up/agent'])('%j is no file, and holds nobody up', async (path) => {
    if (path === '') expect(readFileTool.input.safeParse({ path }).success).toBe(false);
    else await expect(read(path)).rejects.toThrow(/There is no file/);
  });

  test('takes no NUL and no path without end', () => {
    expect(readFileTool.input.safeParse({ path: 'plain.txt\0.png' }).success).toBe(false);
    expect(readFileTool.input.safeParse({ path: 'x/'.repeat(2_500) }).success).toBe(false);
    expect(readFileTool.input.safeParse({ path: 'plain.txt', offset: -1 }).success).toBe(false);
  });

  test('hands a big file out in parts that fit together, without cutting a character in two', async () => {
    for (const shift of ['', 'x', 'xx', 'xxx']) {
      const whole = shift + '👋€äa'.repeat(60_000);
      await writeFile(join(workspaceFolder, 'big.txt'), whole);
      expect((await readAll('big.txt')) === whole).toBe(true);
    }
    expect(await read('big.txt', 10_000_000)).toBe('');
  });

  test('reads the files of the skills of this turn by their full paths, and of no others', async () => {
    const [offered, withheld] = [join(root, 'skills', 'offered'), join(root, 'skills', 'withheld')];
    for (const folder of [offered, withheld]) {
      await mkdir(join(folder, 'docs'), { recursive: true });
      await writeFile(join(folder, 'SKILL.md'), 'how');
      await writeFile(join(folder, 'docs', 'more.md'), 'more');
    }
    await symlink(join(root, 'secret.txt'), join(offered, 'link.md'));
    const linked = join(root, 'skills', 'by-link');
    await symlink(offered, linked);
    const readWith = (path: string, ...skillFolders: readonly string[]) => readFileTool.run(readFileTool.input.parse({ path }), toolContext({ workspaceFolder, skillFolders }));
    expect(await readWith(join(offered, 'SKILL.md'), offered)).toBe('how');
    expect(await readWith(join(linked, 'docs/more.md'), linked, join(root, 'gone'))).toBe('more');
    expect(await readWith('plain.txt', offered)).toBe('Grüße 👋');
    for (const path of [join(withheld, 'SKILL.md'), join(offered, '../withheld/SKILL.md'), join(offered, 'link.md'), join(root, 'secret.txt'), offered]) {
      await expect(readWith(path, offered), path).rejects.toThrow(/There is no file/);
    }
    await expect(readWith(join(offered, 'SKILL.md'))).rejects.toThrow(/There is no file/);
  });

  test.skipIf(process.getuid?.() === 0)('what it may not read is not there', async () => {
    await writeFile(join(workspaceFolder, 'closed.txt'), 'x');
    await chmod(join(workspaceFolder, 'closed.txt'), 0);
    await expect(read('closed.txt')).rejects.toThrow(/There is no file/);
  });
});

describe('read_file in a working directory', () => {
  let workingDirectory: string;
  beforeAll(async () => {
    workingDirectory = join(root, 'project');
    await mkdir(join(workingDirectory, 'src'), { recursive: true });
    await writeFile(join(workingDirectory, 'src', 'main.txt'), 'main');
    await symlink(join(root, 'secret.txt'), join(workingDirectory, 'link.txt'));
    await symlink(join(workspaceFolder, 'plain.txt'), join(workingDirectory, 'mine.txt'));
  });
  const readThere = (path: string): Promise<string> => readFileTool.run(readFileTool.input.parse({ path }), toolContext({ workspaceFolder, workingDirectory }));

  test("begins there, and still reaches the agent's own folder", async () => {
    expect(await readThere('src/main.txt')).toBe('main');
    expect(await readThere(join(workingDirectory, 'src', 'main.txt'))).toBe('main');
    expect(await readThere(join(workspaceFolder, 'plain.txt'))).toBe('Grüße 👋');
    expect(await readThere('mine.txt')).toBe('Grüße 👋');
    expect(await readThere('../agent/plain.txt')).toBe('Grüße 👋');
  });

  test.each(['link.txt', '../secret.txt', 'plain.txt', '/etc/passwd', '../agent-of-another/secret.txt', 'src', '.'])('finds nothing at %s', async (path) => {
    await expect(readThere(path)).rejects.toThrow(`There is no file ${path} in the working directory ${workingDirectory} or the agent's folder.`);
  });

  test('that is swapped for a link while it reads gives nothing of what the link leads to', async () => {
    const elsewhere = join(root, 'elsewhere');
    await mkdir(join(elsewhere, 'src'), { recursive: true });
    await writeFile(join(elsewhere, 'src', 'main.txt'), 'the secret');
    let [swapping, seen, missed] = [true, 0, 0];
    const swap = (async () => {
      for (let i = 0; swapping; i++) {
        await rename(workingDirectory, `${workingDirectory}-aside`);
        await symlink(elsewhere, workingDirectory);
        if (i % 3 === 0) await pause(1);
        await rm(workingDirectory);
        await rename(`${workingDirectory}-aside`, workingDirectory);
        // Else both could go on in step for ever.
        if (i % 4 === 0) await pause(1);
      }
    })();
    try {
      for (let i = 0; i < 2_000 || (i < 20_000 && (seen === 0 || missed === 0)); i++) {
        const text = await readThere('src/main.txt').catch(() => undefined);
        if (text === undefined) missed++;
        else if (text === 'main') seen++;
        else expect(text).toBe('main');
      }
    } finally {
      swapping = false;
      await swap;
    }
    expect(seen).toBeGreaterThan(0);
    expect(missed).toBeGreaterThan(0);
  }, 20_000);
});
