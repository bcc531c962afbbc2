/**
 * The published clients as `npm pack` makes them, installed without a network into an empty project.
 *
 *   await using project = await clientProject();
 *   await desk(project.folder)…
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/packed-clients');

/** By their folders. */
export const CLIENTS = { 'api-client': '@openclaw/api-client', sdk: 'openclaw-sdk' } as const;

/** All that goes into them. */
const PARTS = ['packages/client-kit', 'packages/api-client', 'packages/sdk', 'packages/contract/src/errors.ts', 'packages/contract/package.json', 'scripts/build-client.ts', 'tsconfig.json', 'package.json', 'LICENSE'];
const notBuilt = (path: string): boolean => !/\/(dist|node_modules)(\/|$)/.test(path);

const digest = (): string => {
  const hash = createHash('sha256');
  for (const part of PARTS) {
    const files = part.includes('.') || part === 'LICENSE' ? [part] : globSync(`${part}/**/*.*`, { cwd: ROOT }).filter(notBuilt).toSorted();
    for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 16);
};

/** npm, without a network, a prompt or a notice. */
export const npm = (args: readonly string[], cwd: string) =>
  run('npm', [...args, '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd, env: { ...process.env, npm_config_cache: join(tmpdir(), 'openclaw-npm-cache') } });

/** The folder of the tarballs, made once for the same sources: in a copy, since test files run side by side. */
export const packClients = async (): Promise<string> => {
  const packed = join(CACHE, digest());
  if (existsSync(packed)) return packed;
  const copy = join(CACHE, `making-${randomUUID()}`);
  try {
    for (const part of PARTS) await cp(join(ROOT, part), join(copy, part), { recursive: true, filter: notBuilt });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    await mkdir(join(copy, 'packed'));
    for (const client of Object.keys(CLIENTS)) {
      await run(process.execPath, ['scripts/build-client.ts', client], { cwd: copy });
      await npm(['pack', '--pack-destination', join(copy, 'packed')], join(copy, 'packages', client));
    }
    // Who was faster has made the same.
    await rename(join(copy, 'packed'), packed).catch((thrown: unknown) => {
      if (!existsSync(packed)) throw thrown;
    });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  return packed;
};

export const clientProject = async (): Promise<AsyncDisposable & { readonly folder: string }> => {
  const packed = await packClients();
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-project-'));
  await writeFile(join(folder, 'package.json'), '{ "name": "somebodys-project", "private": true }\n');
  await npm(['install', ...globSync('*.tgz', { cwd: packed }).map((file) => join(packed, file))], folder);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};
