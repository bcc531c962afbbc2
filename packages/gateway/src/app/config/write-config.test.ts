import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig } from './text/parse-config.ts';
import { withFileLock } from './with-file-lock.ts';
import { configVersion, setInConfig, unsetInConfig } from './write-config.ts';

let root: string;
let file: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'write-'));
  file = join(root, 'openclaw.json');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const text = (name = file) => readFile(name, 'utf8');
const tree = async (name = file) => (await parseConfig(await text(name), name)).tree;
const env = { HOME: '/home/ann' };

describe('setInConfig', () => {
  test('makes the file where it is missing, folders included', async () => {
    const deep = join(root, 'new', 'openclaw.json');
    expect(await setInConfig(deep, 'gateway.token', 'your-secret-token', { env })).toMatchObject({ changed: true, version: configVersion(await text(deep)) });
    expect(await text(deep)).toBe('{\n  "gateway": {\n    "token": "your-secret-token"\n  }\n}\n');
    expect((await stat(deep)).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, 'new'))).mode & 0o777).toBe(0o700);
  });

  test('keeps the old text beside it, both for the owner alone, and leaves nothing else', async () => {
    await writeFile(file, '{ gateway: { port: 1 } }');
    await chmod(file, 0o644);
    await setInConfig(file, 'gateway.port', 2, { env });
    expect(await text()).toBe('{ gateway: { port: 2 } }');
    expect(await text(`${file}.bak`)).toBe('{ gateway: { port: 1 } }');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}.bak`)).mode & 0o777).toBe(0o600);
    expect((await readdir(root)).toSorted()).toEqual(['openclaw.json', 'openclaw.json.bak']);
  });

  test('never writes what a variable holds', async () => {
    const secretEnv = { ...env, TOKEN: 'the-secret-itself', KEY: 'the-other-secret' };
    await writeFile(file, '{ gateway: { token: "${TOKEN}" }, models: { providers: { p: { apiKey: "${KEY}" } } } }');
    await setInConfig(file, 'gateway.port', 4000, { env: secretEnv });
    await setInConfig(file, 'models.providers.p', { apiKey: '${KEY}', baseUrl: 'https://x' }, { env: secretEnv });
    expect(await text()).toBe('{ gateway: { token: "${TOKEN}", port: 4000 }, models: { providers: { p: { apiKey: "${KEY}", baseUrl: "https://x" } } } }');
    expect(await text(`${file}.bak`)).not.toContain('secret');
  });

  test('a variable the writer does not have is no obstacle', async () => {
    await setInConfig(file, 'gateway.token', '${NOT_SET_HERE}', { env });
    expect(await tree()).toEqual({ gateway: { token: '${NOT_SET_HERE}' } });
  });

  test.each<[string, unknown, string]>([
    ['gateway.port', 'abc', 'gateway.port: expected a whole number'],
    ['gateway.port', 70_000, 'got 70000'],
    ['gateway', 5, 'gateway: expected a section'],
    ['gateway.port.x', 1, 'is a value, so nothing can stand below it'],
    ['gateway.trustedProxies[5]', 'x', 'is not an index of it'],
    ['gateway.trustedProxies.x', 'x', 'is not an index of it'],
    ['__proto__.x', 1, 'is not the path of a key'],
    ['gateway..port', 1, 'is not the path of a key'],
    ['x', Number.NaN, 'is not text'],
    ['x', () => 1, 'is not text'],
    ['x', JSON.parse('{"__proto__":1}'), '"__proto__" is not allowed'],
    ['gateway.auth', { enabled: false }, 'gateway.auth.enabled'],
  ])('%s = %j is refused and the file stays', async (path, value, message) => {
    const before = '{ gateway: { port: 1, bind: "lan", trustedProxies: ["a"] } } // mine';
    await writeFile(file, before);
    await expect(setInConfig(file, path, value, { env })).rejects.toThrow(message);
    expect(await text()).toBe(before);
    expect(await readdir(root)).toEqual(['openclaw.json']);
  });

  test('setting what is already there changes nothing', async () => {
    await writeFile(file, '{gateway:{port:1}}');
    expect(await setInConfig(file, 'gateway', { port: 1 }, { env })).toMatchObject({ changed: false, version: configVersion('{gateway:{port:1}}') });
    expect(await readdir(root)).toEqual(['openclaw.json']);
  });

  test('a section set as a whole keeps the comments between its keys', async () => {
    await writeFile(file, '{\n  gateway: {\n    // why\n    port: 1,\n    host: "a", // gone\n  },\n}\n');
    await setInConfig(file, 'gateway', { port: 2, max_connections: 3 }, { env });
    expect(await text()).toContain('// why\n    port: 2,');
    expect(await tree()).toEqual({ gateway: { port: 2, max_connections: 3 } });
  });

  test('a file that cannot be read is refused and stays', async () => {
    await writeFile(file, '{ gateway: ');
    await expect(setInConfig(file, 'gateway.port', 1, { env })).rejects.toThrow('openclaw.json:1');
    expect(await text()).toBe('{ gateway: ');
  });

  test('a link stays a link', async () => {
    const real = join(root, 'dotfiles.json');
    await writeFile(real, '{}');
    await symlink(real, file);
    await setInConfig(file, 'gateway.port', 4000, { env });
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await tree(real)).toEqual({ gateway: { port: 4000 } });
  });

  test('works for YAML too', async () => {
    const yaml = join(root, 'openclaw.yml');
    await writeFile(yaml, '# mine\ngateway:\n  token: ${TOKEN} # ours\n');
    await setInConfig(yaml, 'gateway.port', 4000, { env });
    expect(await text(yaml)).toBe('# mine\ngateway:\n  token: ${TOKEN} # ours\n  port: 4000\n');
  });
});

test('unsetInConfig takes a key away; one that is not there is no change', async () => {
  await writeFile(file, '{ a1: 1, // one\n  gateway: { port: 1 } }');
  expect((await unsetInConfig(file, 'gateway.nothing', { env })).changed).toBe(false);
  expect((await unsetInConfig(file, 'gateway.port', { env })).changed).toBe(true);
  expect(await tree()).toEqual({ a1: 1, gateway: {} });
  expect(await text()).toContain('// one');
  expect((await unsetInConfig(join(root, 'none.json'), 'x', { env })).changed).toBe(false);
  expect(await readdir(root)).not.toContain('none.json');
});

describe('several writers', () => {
  test('lose nothing: each builds on what the others wrote', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => setInConfig(file, `models.aliases.a${index}`, `p/m${index}`, { env })));
    const { models } = await tree();
    expect(Object.keys(Object(Object(models).aliases))).toHaveLength(20);
    expect((await readdir(root)).toSorted()).toEqual(['openclaw.json', 'openclaw.json.bak']);
  });

  test('lose nothing across processes', async () => {
    const script = `
      const { setInConfig } = await import(${JSON.stringify(join(import.meta.dirname, 'write-config.ts'))});
      for (let index = 0; index < 5; index++) await setInConfig(process.argv[1], 'models.aliases.p' + process.pid + '-' + index, 'x/y');`;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const [code] = await once(spawn(process.execPath, ['--input-type=module', '-e', script, file], { stdio: 'inherit' }), 'exit');
        expect(code).toBe(0);
      }),
    );
    const { models } = await tree();
    expect(Object.keys(Object(Object(models).aliases))).toHaveLength(20);
  });

  test('an edit made between reading and writing is built upon', async () => {
    await writeFile(file, '{ gateway: { port: 1 } }');
    let read = 0;
    // The value is read once in each attempt: the moment to be the editor that saves in between.
    const value = {
      get port() {
        if (read++ === 0) writeFileSync(file, '{ gateway: { port: 1 }, logging: { level: "warn" } }');
        return 2;
      },
    };
    await setInConfig(file, 'gateway', value, { env });
    expect(await tree()).toEqual({ gateway: { port: 2 }, logging: { level: 'warn' } });
    expect(read).toBe(2);
  });

  test('with a version, a file that changed or went is a conflict and stays', async () => {
    await writeFile(file, '{}');
    const version = configVersion('{}');
    const written = await setInConfig(file, 'gateway.port', 1, { env, expectedVersion: version });
    await expect(setInConfig(file, 'gateway.port', 2, { env, expectedVersion: version })).rejects.toMatchObject({ code: 'conflict' });
    expect(await tree()).toEqual({ gateway: { port: 1 } });
    await rm(file);
    await expect(setInConfig(file, 'gateway.port', 2, { env, expectedVersion: written.version })).rejects.toMatchObject({ code: 'conflict' });
    expect(await readdir(root)).not.toContain('openclaw.json');
  });
});

describe('withFileLock', () => {
  test('takes over the lock of a process that died before it could sign it', async () => {
    await writeFile(join(root, 'lock'), '');
    const since = performance.now();
    expect(await withFileLock(join(root, 'lock'), async () => 'done')).toBe('done');
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  test('takes over the lock of a process that died', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(join(root, 'lock'), `${child.pid} dead`);
    expect(await withFileLock(join(root, 'lock'), async () => 'done')).toBe('done');
    expect(await readdir(root)).toEqual([]);
  });

  test('lets one in at a time', async () => {
    let inside = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withFileLock(join(root, 'lock'), async () => {
          expect(++inside).toBe(1);
          await new Promise((resume) => setTimeout(resume, 5));
          inside--;
        }),
      ),
    );
  });

  test('is given back when the work fails', async () => {
    await expect(withFileLock(join(root, 'lock'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(root)).toEqual([]);
  });
});

test.each(['openclaw.json', 'openclaw.yml'])('set, then unset, in %s: the same meaning as before, and no secret on the disk', async (name) => {
  const target = join(root, name);
  const secretEnv = { ...env, TOKEN: 'the-secret-itself' };
  const start = name.endsWith('yml') ? '# note\ngateway:\n  token: ${TOKEN} # mine\n' : '{ // note\n  gateway: { token: "${TOKEN}" /* mine */ },\n}\n';
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }), fc.constantFrom('$${TOKEN}', '${TOKEN}', '${OTHER}', 'a ${TOKEN} b'));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 3 }), value, async (keys, set) => {
      await writeFile(target, start);
      const path = ['extra', ...keys].join('.');
      await setInConfig(target, path, set, { env: secretEnv });
      const after = await text(target);
      expect(after).toMatch(/note[^]*TOKEN[^]*mine/);
      expect(after).not.toContain('the-secret-itself');
      expect(keys.reduce<unknown>((inner, key) => Object(inner)[key], (await tree(target))['extra'])).toEqual(set);
      await unsetInConfig(target, 'extra', { env: secretEnv });
      expect(await tree(target)).toEqual({ gateway: { token: '${TOKEN}' } });
      expect(await text(target)).toMatch(/note[^]*TOKEN[^]*mine/);
    }),
    { numRuns: 60 },
  );
});
