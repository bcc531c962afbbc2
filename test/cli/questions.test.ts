import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeHome, run } from './program.ts';

const ROOT = join(import.meta.dirname, '../..');

const version = async (): Promise<unknown> => {
  const { version: published } = JSON.parse(await readFile(join(ROOT, 'packages/gateway/package.json'), 'utf8')) as { version: string }; // our own file
  return published;
};

test('--version and -v say the version and nothing else', async () => {
  await using home = await makeHome();
  for (const flag of ['--version', '-v']) expect(await run([flag], home.env)).toEqual({ code: 0, out: `${String(await version())}\n`, err: '' });
});

test('--help shows every command with its purpose, and examples', async () => {
  await using home = await makeHome();
  const { code, out } = await run(['--help'], home.env);
  expect(code).toBe(0);
  for (const command of ['gateway', 'status', 'doctor', 'logs', 'send', 'backup']) expect(out).toMatch(new RegExp(`^  ${command}\\b.* \\S`, 'm'));
  expect(out).toContain('openclaw gateway run');
  const help = await run(['send', '--help'], home.env);
  expect(help).toMatchObject({ code: 0, out: expect.stringContaining('--session <name>') });
});

test('what nobody knows is refused with the nearest that somebody does', async () => {
  await using home = await makeHome();
  const command = await run(['sned', 'Hello'], home.env);
  expect(command.code).toBe(1);
  expect(command.err).toMatch(/unknown command 'sned'[^]*Did you mean send\?[^]*--help/);
  const option = await run(['send', '--sesion', 'x', 'Hello'], home.env);
  expect(option.code).toBe(1);
  expect(option.err).toMatch(/--sesion[^]*Did you mean --session\?/);
  const port = await run(['gateway', 'run', '--port', '99999'], home.env);
  expect(port).toMatchObject({ code: 1, err: expect.stringContaining('from 0 to 65535') });
});

test('openclaw and claw are the same program', async () => {
  // As a published package lies on a disk: the launcher finds its dependencies, and installs nothing.
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-bin-'));
  try {
    await mkdir(join(folder, 'bin'));
    for (const file of ['openclaw', 'claw', 'launcher.cjs', 'package.json']) await copyFile(join(ROOT, 'bin', file), join(folder, 'bin', file));
    await symlink(join(ROOT, 'packages'), join(folder, 'packages'));
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
    const answers = ['openclaw', 'claw'].map((name) => execFileSync(process.execPath, [join(folder, 'bin', name), '--version'], { env, encoding: 'utf8' }));
    expect(answers).toEqual(Array.from({ length: 2 }, () => answers[0]));
    expect(answers[0]).toBe(`${String(await version())}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
