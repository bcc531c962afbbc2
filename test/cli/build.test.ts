import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** A checkout of its own, whose sources can be changed. */
const makeCheckout = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-build-'));
  await mkdir(join(folder, 'bin'));
  for (const file of ['openclaw', 'launcher.cjs', 'build.mjs', 'package.json']) await copyFile(join(ROOT, 'bin', file), join(folder, 'bin', file));
  await cp(join(ROOT, 'packages'), join(folder, 'packages'), { recursive: true, filter: (file) => basename(file) !== 'node_modules' });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, OPENCLAW_STATE_DIR: join(folder, 'state'), OPENCLAW_DETECT_MODELS: 'off' };
  const program = join(folder, 'bin', 'openclaw');
  return {
    folder,
    version: () => execFileSync(process.execPath, [program, '--version'], { env, encoding: 'utf8' }).trim(),
    stderrOf: (...args: readonly string[]) => spawnSync(process.execPath, [program, ...args], { env, encoding: 'utf8' }).stderr,
    start: (...args: readonly string[]) => spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] }),
    builds: () => readdir(join(folder, '.cache', 'build')),
    write: (file: string, text: string) => writeFile(join(folder, 'packages/gateway/src', file), text),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};

/** Each builds the gateway, once or several times. */
const BUILDS = { timeout: 60_000 };

test('a gateway started by its launcher runs from one build, its database thread too, and is the gateway', BUILDS, async () => {
  await using checkout = await makeCheckout();
  const gateway = checkout.start('gateway', 'run', '--port', '0', '--api-port', 'off');
  try {
    await once(gateway.stdout, 'data');
    const { url } = JSON.parse(await readFile(join(checkout.folder, 'state', 'gateway.running.json'), 'utf8')) as { url: string };
    const token = (await readFile(join(checkout.folder, 'state', 'gateway.token'), 'utf8')).trim();
    const asked = { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"text":"Hello"}' };
    const answer = await fetch(`${url}/api/native/messages.send`, asked);
    expect(answer.status).toBe(200);
    const [build = ''] = await checkout.builds();
    expect(await readdir(join(checkout.folder, '.cache', 'build', build))).toEqual(expect.arrayContaining(['main.mjs', 'database-thread.mjs']));
  } finally {
    gateway.kill('SIGTERM');
    await once(gateway, 'exit');
  }
});

test('what was changed in the sources is what runs; what cannot be built runs all the same', BUILDS, async () => {
  await using checkout = await makeCheckout();
  const before = checkout.version();
  expect(checkout.version()).toBe(before);
  expect(await checkout.builds()).toHaveLength(1);
  await checkout.write('app/version.ts', 'export const version = (): string => "changed";\n');
  expect(checkout.version()).toBe('changed');
  expect(await checkout.builds()).toHaveLength(2);
  await checkout.write('app/run-gateway.ts', 'this is no module');
  await checkout.write('app/version.ts', 'export const version = (): string => "changed again";\n');
  expect(checkout.version()).toBe('changed again');
});

test('a stack names the sources', BUILDS, async () => {
  await using checkout = await makeCheckout();
  await checkout.write('app/run-gateway.ts', 'interface Nothing {}\n\nexport const runGateway = async (): Promise<Nothing> => {\n  throw new TypeError("as if by mistake");\n};\n');
  expect(checkout.stderrOf('gateway', 'run')).toMatch(/TypeError: as if by mistake\n +at .*app\/run-gateway\.ts:4:9/);
  expect(await checkout.builds()).toHaveLength(1);
});
