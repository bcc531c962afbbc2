import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
export const SRC = 'packages/gateway/src';

/** A folder inside the checkout, so that what is copied there finds its dependencies. */
export const scratchFolder = async (name: string): Promise<AsyncDisposable & { readonly path: string }> => {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const path = await mkdtemp(join(ROOT, '.cache', `${name}-`));
  // What only the gateway has, or has in a version of its own.
  const own = join(ROOT, 'packages/gateway/node_modules');
  if (existsSync(own)) await symlink(own, join(path, 'node_modules'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

/** The gateway's own sources without their tests. */
export const copySources = (to: string): Promise<void> =>
  cp(join(ROOT, SRC), to, { recursive: true, filter: (file) => !file.endsWith('.test.ts') && basename(file) !== '__fixtures__' });

/** Runs a program of ours or of a dependency. */
export const runNode = (args: readonly string[], cwd: string): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
