import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHECKS } from '../dialects/checks.ts';
import { copySources, ROOT, runNode, scratchFolder, SRC } from './copied-tree.ts';

const plugins = ['drivers/tools', 'drivers/models', 'drivers/channels', 'surfaces/dialects'].flatMap((kind) =>
  readdirSync(join(ROOT, SRC, kind), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'kit' && !entry.name.startsWith('__'))
    .map(({ name }) => `${kind}/${name}`),
);

/** Of a source file, the modules it names, as paths from `SRC`. */
const importsOf = (file: string): readonly string[] =>
  [...readFileSync(join(ROOT, SRC, file), 'utf8').matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) => normalize(join(dirname(file), path)));

const sources = globSync('**/*.ts', { cwd: join(ROOT, SRC) });

test.each(plugins)('nothing but the generated index knows of %s', (plugin) => {
  const within = (path: string): boolean => path.startsWith(`${plugin}/`);
  const known = sources.filter((file) => !within(file) && importsOf(file).some(within));
  expect(known).toEqual(['app/plugins.gen.ts']);
});

test('plugin folders can be deleted, and nothing else need be edited', { timeout: 180_000 }, async () => {
  expect(plugins.length).toBeGreaterThan(5);
  await using scratch = await scratchFolder('delete');
  const copy = join(scratch.path, 'copy');
  await copySources(copy);
  for (const plugin of plugins) await rm(join(copy, plugin), { recursive: true });
  expect(await runNode([join(ROOT, 'scripts/index-plugins.ts'), copy], ROOT)).toEqual({ code: 0, output: '' });
  const index = await readFile(join(copy, 'app/plugins.gen.ts'), 'utf8');
  for (const plugin of plugins) expect(index).not.toContain(`/${plugin}/`);
  await writeFile(join(scratch.path, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*/**/*.ts'] }));
  const checked = await runNode([join(ROOT, 'node_modules/typescript-7/bin/tsc'), '-p', scratch.path], ROOT);
  expect(checked).toEqual({ code: 0, output: '' });
});

describe('a copy of the gateway', () => {
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let src: string;
  beforeAll(async () => {
    scratch = await scratchFolder('without');
    // Two levels down, as in the checkout: the version is read from the package's own file.
    src = join(scratch.path, 'package/src');
    await copySources(src);
    await cp(join(ROOT, 'packages/gateway/package.json'), join(scratch.path, 'package/package.json'));
  });
  afterAll(() => scratch[Symbol.asyncDispose]());

  test.each(Object.keys(CHECKS))('works as before without the dialect %s', { timeout: 60_000 }, async (gone) => {
    const folder = join('surfaces/dialects', gone);
    await rm(join(src, folder), { recursive: true });
    try {
      expect(await runNode([join(ROOT, 'scripts/index-plugins.ts'), src], ROOT)).toEqual({ code: 0, output: '' });
      await using gateway = await startCopy(join(src, 'app/main.ts'), scratch.path);
      for (const [name, check] of Object.entries(CHECKS)) if (name !== gone) await check(gateway);
      await expect(CHECKS[gone]?.(gateway)).rejects.toThrow();
    } finally {
      await cp(join(ROOT, SRC, folder), join(src, folder), { recursive: true });
    }
  });
});

/** The gateway of a copied tree, with the demo model. What it has compiled and kept lies beside the tree. */
const startCopy = async (main: string, folder: string) => {
  const state = await mkdtemp(join(folder, 'state-'));
  const env = { PATH: process.env['PATH'], OPENCLAW_STATE_DIR: state, OPENCLAW_DETECT_MODELS: 'off', NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const child = spawn(process.execPath, [main, 'gateway', 'run', '--port', '0', '--api-port', 'off'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  for (let tries = 0; !said.includes('Try it:') && child.exitCode === null && tries < 1_000; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  return {
    url: /URL +(http:\S+)/.exec(said)?.[1] ?? expect.fail(said),
    token: (await readFile(join(state, 'gateway.token'), 'utf8')).trim(),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
