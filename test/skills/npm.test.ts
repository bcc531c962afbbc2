import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { getSkill, GatewayError, installSkill, listEvents, listSkills } from '@openclaw/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tarballAddress } from '../../packages/gateway/src/drivers/skills/npm/tarball-address.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type RegistryServer, sha512, startRegistry } from '../support/registry-server.ts';
import { npmTarball, SKILL, tgz } from '../support/tar.ts';

let registry: RegistryServer;
let gateway: TestGateway;
beforeAll(async () => {
  registry = await startRegistry();
  gateway = await startGateway({ config: { skills: { registry: registry.url } } });
});
beforeEach(() => registry.intercept(undefined));
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const install = (name: string, version?: string) => gateway.client.call(installSkill, version === undefined ? { name } : { name, version });
const refusal = (name: string, version?: string): Promise<{ code: string; message: string }> =>
  install(name, version).then(
    () => expect.fail(`${name} was installed`),
    (thrown: unknown) => (thrown instanceof GatewayError ? { code: thrown.code, message: thrown.message } : expect.fail(String(thrown))),
  );
const skillFolder = (name: string): string => join(gateway.folder, 'skills', name);
/** What lies on the shelf, also out of sight. */
const shelved = async (): Promise<readonly string[]> => [...(await readdir(join(gateway.folder, 'skills')).catch(() => [])), ...(await readdir(join(gateway.folder, 'skills/.store')).catch(() => []))].toSorted();

describe('a package of the registry', () => {
  test('is installed by name, with where it came from', async () => {
    const tarball = npmTarball('skill-plain', '1.2.3', { 'SKILL.md': SKILL('plain'), 'scripts/run.sh': 'echo hello\n' });
    registry.publish('skill-plain', '1.2.3', tarball);
    const { skills } = await install('skill-plain');
    expect(skills).toEqual([{
      name: 'plain', description: 'Helps with plain.', version: '1.2.3', enabled: true, eligible: true, reasons: [], source: 'npm', from: 'skill-plain@1.2.3', integrity: sha512(tarball),
      treeHash: expect.stringMatching(/^sha256-/), installedAt: expect.stringMatching(/^\d{4}-.*Z$/), installedBy: 'gateway-token', modified: false, warnings: [],
    }]);
    expect(await readFile(join(skillFolder('plain'), 'scripts/run.sh'), 'utf8')).toBe('echo hello\n');
    const [event] = (await gateway.client.call(listEvents, {})).events.filter(({ type }) => type === 'skill.installed');
    expect(event).toMatchObject({ sessionKey: null, data: { name: 'plain', version: '1.2.3', source: 'npm', from: 'skill-plain@1.2.3', integrity: sha512(tarball), treeHash: skills[0]?.treeHash, installedBy: 'gateway-token' } });
  });

  test('may have a scope; its version may be exact or a tag', async () => {
    const of = (version: string) => npmTarball('@team/skill-x', version, { 'SKILL.md': SKILL('scoped', `version: ${version}\n`) });
    for (const version of ['1.0.0', '2.0.0-beta.1']) registry.publish('@team/skill-x', version, of(version), { tag: version.includes('beta') ? 'beta' : 'latest' });
    expect((await install('@team/skill-x')).skills).toMatchObject([{ name: 'scoped', version: '1.0.0' }]);
    expect((await install('@team/skill-x', 'beta')).skills).toMatchObject([{ version: '2.0.0-beta.1', from: '@team/skill-x@2.0.0-beta.1' }]);
    expect((await install('@team/skill-x', '1.0.0')).skills).toMatchObject([{ version: '1.0.0' }]);
    expect(registry.asked).toContain('/@team%2fskill-x');
    expect(await gateway.client.call(getSkill, { skill: '@team/skill-x' })).toMatchObject({ name: 'scoped', version: '1.0.0' });
  });

  test('may hold several skills, and has its own root as a skill before those', async () => {
    registry.publish('skill-several', '1.0.0', npmTarball('skill-several', '1.0.0', { 'README.md': '', 'skills/one/SKILL.md': SKILL('one'), 'skills/one/notes.md': 'n', 'skills/two/SKILL.md': SKILL('two'), 'skills/none/x.md': '' }));
    expect((await install('skill-several')).skills.map(({ name }) => name)).toEqual(['one', 'two']);
    expect((await readdir(skillFolder('one'))).toSorted()).toEqual(['SKILL.md', 'notes.md']);
    registry.publish('skill-agents', '1.0.0', npmTarball('skill-agents', '1.0.0', { '.agents/skills/three/SKILL.md': SKILL('three') }));
    expect((await install('skill-agents')).skills.map(({ name }) => name)).toEqual(['three']);
    registry.publish('skill-both', '1.0.0', npmTarball('skill-both', '1.0.0', { 'SKILL.md': SKILL('both'), 'skills/inner/SKILL.md': SKILL('inner') }));
    expect((await install('skill-both')).skills.map(({ name }) => name)).toEqual(['both']);
  });

  test('runs nothing of what it would like to run', async () => {
    const scripts = { preinstall: 'touch PWNED', install: 'touch PWNED', postinstall: 'touch PWNED', prepare: 'touch PWNED' };
    const hooks = tgz({ name: 'package/package.json', body: JSON.stringify({ name: 'skill-hooks', version: '1.0.0', scripts, bin: { x: './x.js' } }) }, { name: 'package/SKILL.md', body: SKILL('hooks', 'metadata: {"openclaw": {"install": [{"id": "x", "kind": "download", "url": "https://example.com/x.zip", "targetDir": "../../"}]}}\n') }, { name: 'package/binding.gyp', body: '{}' });
    registry.publish('skill-hooks', '1.0.0', hooks);
    await install('skill-hooks');
    expect((await readdir(skillFolder('hooks'))).toSorted()).toEqual(['SKILL.md', 'binding.gyp', 'package.json']);
  });
});

describe('the bytes that are unpacked are those the registry vouched for', () => {
  const sound = (name: string) => npmTarball(name, '1.0.0', { 'SKILL.md': SKILL('vouched') });

  test.each<[string, (tarball: Buffer) => Record<string, unknown>, RegExp]>([
    ['no integrity', () => ({ integrity: undefined }), /does not vouch/],
    ['sha1 alone', () => ({ integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }), /does not vouch/],
    ['a sha512 that is none', () => ({ integrity: 'sha512-AAAA' }), /does not vouch/],
    ['two that differ', (tarball) => ({ integrity: `${sha512(tarball)} ${sha512(Buffer.from('x'))}` }), /does not vouch/],
    ["another file's", () => ({ integrity: sha512(Buffer.from('x')) }), /sha512 differs/],
    ['a number', () => ({ integrity: 7 }), /cannot be understood/],
  ])('%s', async (what, dist, message) => {
    const name = `skill-${what.replace(/\W+/g, '-').toLowerCase()}`;
    const tarball = sound(name);
    registry.publish(name, '1.0.0', tarball, { dist: dist(tarball) });
    const before = await shelved();
    expect((await refusal(name)).message).toMatch(message);
    expect(await shelved()).toEqual(before);
  });

  test('one byte more, less or other is refused', async () => {
    const tarball = sound('skill-spoiled');
    registry.publish('skill-spoiled', '1.0.0', tarball);
    const other = Buffer.from(tarball);
    other[20] = (other[20] ?? 0) ^ 1;
    for (const spoiled of [other, Buffer.concat([tarball, Buffer.from('\n')]), tarball.subarray(0, -1), Buffer.alloc(0)]) {
      registry.replace('skill-spoiled', '1.0.0', spoiled);
      expect(await refusal('skill-spoiled')).toMatchObject({ code: 'skill_refused', message: expect.stringContaining('sha512 differs') });
    }
  });

  test('latest is settled once: what becomes latest meanwhile is not what is installed', async () => {
    const of = (version: string) => npmTarball('skill-moving', version, { 'SKILL.md': SKILL('moving') });
    registry.publish('skill-moving', '1.0.0', of('1.0.0'));
    registry.intercept(({ url }) => {
      // Between the answer and the archive.
      if (url?.includes('/-/')) registry.publish('skill-moving', '6.6.6', of('6.6.6'));
      return false;
    });
    expect((await install('skill-moving')).skills).toMatchObject([{ version: '1.0.0', from: 'skill-moving@1.0.0' }]);
    registry.intercept(undefined);
    expect((await install('skill-moving')).skills).toMatchObject([{ version: '6.6.6' }]);
  });
});

describe('a registry that is not what it should be', () => {
  const json = (value: unknown) => (_: unknown, response: ServerResponse) => (response.writeHead(200).end(typeof value === 'string' ? value : JSON.stringify(value)), true);
  const redirect = (to: string, status = 302) => (_: unknown, response: ServerResponse) => (response.writeHead(status, { location: to }).end(), true);
  const dist = { tarball: 'x', integrity: sha512(Buffer.from('')) };

  test.each<[string, Parameters<RegistryServer['intercept']>[0], string, RegExp]>([
    ['has an error', (_, response) => (response.writeHead(500).end('no'), true), 'skill_source_failed', /answered 500/],
    ['wants to know who asks', (_, response) => (response.writeHead(401).end('no'), true), 'skill_source_failed', /answered 401/],
    ['answers no JSON', json('<html>'), 'skill_source_failed', /cannot be understood/],
    ['answers null', json('null'), 'skill_source_failed', /cannot be understood/],
    ['answers for another package', json({ name: 'other', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name: 'other', version: '1.0.0', dist } } }), 'skill_source_failed', /cannot be understood/],
    ['says another version', json({ name: 'skill-bad', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': { name: 'skill-bad', version: '9.0.0', dist } } }), 'skill_source_failed', /cannot be understood/],
    ['has a tag that leads nowhere', json({ name: 'skill-bad', 'dist-tags': { latest: '1.0.0' }, versions: {} }), 'skill_not_found', /no skill-bad@latest/],
    ['has a tag that is no version', json({ name: 'skill-bad', 'dist-tags': { latest: '__proto__' }, versions: {} }), 'skill_not_found', /no skill-bad@latest/],
    ['hangs up', (_, response) => (response.destroy(), true), 'skill_source_failed', /could not be asked/],
    ['redirects without end', (request, response) => (response.writeHead(302, { location: `${request.url}x` }).end(), true), 'skill_source_failed', /without end/],
    ['redirects to nowhere', redirect(''), 'skill_source_failed', /(without end|answered 302)/],
    ['redirects to another port of this machine', redirect('http://127.0.0.1:1/'), 'skill_source_failed', /not asked: http:\/\/127\.0\.0\.1:1/],
    ['redirects to the cloud', redirect('http://169.254.169.254/latest/meta-data/'), 'skill_source_failed', /not asked/],
    ['redirects to a file', redirect('file:///etc/passwd'), 'skill_source_failed', /not asked/],
    ['redirects to an address by https', redirect('https://127.0.0.1/'), 'skill_source_failed', /not asked/],
    ['redirects with a password', redirect('https://user:secret@example.com/'), 'skill_source_failed', /not asked: example\.com/],
  ])('%s', async (_, handler, code, message) => {
    registry.intercept(handler);
    expect(await refusal('skill-bad')).toEqual({ code, message: expect.stringMatching(message) });
  });

  test.each([
    'http://127.0.0.1:1/x.tgz', 'http://example.com/x.tgz', 'https://10.0.0.1/x.tgz', 'https://[::1]/x.tgz', 'https://localhost/x.tgz', 'file:///etc/passwd', 'data:,x', 'ftp://example.com/x',
    'https://2130706433/x.tgz', 'https://0x7f.1/x.tgz', '//169.254.169.254/x', 'gopher://example.com/', 'https://u:p@example.com/x', 'javascript:1',
  ])('has the archive at %s', async (tarball) => {
    registry.publish('skill-elsewhere', '1.0.0', npmTarball('skill-elsewhere', '1.0.0', { 'SKILL.md': SKILL('elsewhere') }), { dist: { tarball } });
    expect(await refusal('skill-elsewhere')).toEqual({ code: 'skill_source_failed', message: expect.stringContaining('points to a place that is not asked') });
  });

  test('sends without end', { timeout: 20_000 }, async () => {
    registry.intercept(async ({ url }, response) => {
      if (url === '/skill-endless') return false;
      response.writeHead(200);
      const chunk = Buffer.alloc(1024 * 1024);
      for (let i = 0; i < 100 && !response.destroyed; i++) await new Promise((resolve) => response.write(chunk, resolve));
      return true;
    });
    registry.publish('skill-endless', '1.0.0', npmTarball('skill-endless', '1.0.0', { 'SKILL.md': SKILL('endless') }));
    expect(await refusal('skill-endless')).toEqual({ code: 'skill_refused', message: expect.stringContaining('sends more than 16777216 bytes') });
  });

  test('nobody listens', async () => {
    const gone = await startRegistry();
    await gone[Symbol.asyncDispose]();
    await using alone = await startGateway({ config: { skills: { registry: gone.url } } });
    const response = await alone.request('/api/v1/skills', { json: { name: 'skill-x' } });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'skill_source_failed', message: expect.stringContaining('could not be asked') } });
  });

  test('may redirect within itself, and lie below a path', async () => {
    registry.publish('skill-moved', '1.0.0', npmTarball('skill-moved', '1.0.0', { 'SKILL.md': SKILL('moved') }));
    registry.intercept((request, response) => {
      if (!request.url?.startsWith('/npm/')) return false;
      response.writeHead(307, { location: request.url.slice('/npm'.length) }).end();
      return true;
    });
    await using below = await startGateway({ config: { skills: { registry: `${registry.url}/npm/` } } });
    expect((await below.client.call(installSkill, { name: 'skill-moved' })).skills).toMatchObject([{ name: 'moved' }]);
  });
});

describe("the public registry's addresses", () => {
  const at = (written: string, base: string): string => tarballAddress(written, new URL(base)).href;

  test('are taken from the mirror that handed them on', () => {
    expect(at('https://registry.npmjs.org/x/-/x-1.0.0.tgz', 'http://127.0.0.1:4873/')).toBe('http://127.0.0.1:4873/x/-/x-1.0.0.tgz');
    expect(at('https://registry.npmjs.org/@a/x/-/x-1.0.0.tgz', 'https://mirror.example/npm/')).toBe('https://mirror.example/npm/@a/x/-/x-1.0.0.tgz');
    expect(at('https://registry.npmjs.org/x/-/x-1.0.0.tgz', 'https://registry.npmjs.org/')).toBe('https://registry.npmjs.org/x/-/x-1.0.0.tgz');
  });

  test('cannot smuggle another one in', () => {
    for (const path of ['http://127.0.0.1:1/x', '/127.0.0.1:1/x', 'file:///etc/passwd', '\\\\127.0.0.1/x']) {
      expect(at(`https://registry.npmjs.org/${path}`, 'https://mirror.example/')).toMatch(/^https:\/\/mirror\.example\//);
    }
  });
});

describe('names and versions', () => {
  test.each([
    '../x', '/etc', 'x/y', '@x', '@/x', '@x/', '@x/y/z', 'X', 'x y', 'x%2fy', '.x', '_x', '-x', 'x\n', '', 'x'.repeat(215), 'http://x', 'x@1.0.0', '~x', 'x?y', 'x#y', 'x\\y', 'пакет',
  ])('no package is called %j', async (name) => {
    const asked = registry.asked.length;
    expect((await gateway.request('/api/v1/skills', { json: { name } })).status).toBe(400);
    expect(registry.asked.length).toBe(asked);
  });

  test.each(['^1.0.0', '~1', '>=1', '1', '1.0', '1.x', '*', 'x', '', 'v1.0.0', '1.0.0 || 2.0.0', 'latest ', '../latest', '01.0.0', '1.0.0-', 'npm:other@1', 'file:../x', 'a'.repeat(129)])('no version is %j', async (version) => {
    const response = await gateway.request('/api/v1/skills', { json: { name: 'skill-plain', version } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', details: { path: 'version' } } });
  });

  test('what the registry has not is 404', async () => {
    expect(await refusal('skill-unheard-of')).toEqual({ code: 'skill_not_found', message: 'The registry has not the package skill-unheard-of' });
    expect(await refusal('skill-plain', '9.9.9')).toEqual({ code: 'skill_not_found', message: 'The registry has no skill-plain@9.9.9' });
    for (const version of ['constructor', 'toString', 'nightly']) expect((await refusal('skill-plain', version)).code).toBe('skill_not_found');
  });
});

test('what is no skill leaves nothing behind', async () => {
  const before = await shelved();
  const packages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'not-a-skill': { 'index.js': '' },
    'not-named': { 'SKILL.md': '---\ndescription: x\n---\n' },
    'named-badly': { 'SKILL.md': '---\nname: ../../x\ndescription: x\n---\n' },
    'not-described': { 'SKILL.md': '---\nname: x\n---\n' },
    'half-broken': { 'skills/good/SKILL.md': SKILL('good'), 'skills/bad/SKILL.md': 'nothing' },
    'twice-named': { 'skills/a/SKILL.md': SKILL('same'), 'skills/b/SKILL.md': SKILL('same') },
  };
  for (const [name, files] of Object.entries(packages)) {
    registry.publish(name, '1.0.0', npmTarball(name, '1.0.0', files));
    expect(await refusal(name)).toMatchObject({ code: 'skill_refused' });
  }
  expect(await shelved()).toEqual(before);
  expect((await gateway.client.call(listSkills, {})).skills.map(({ name }) => name)).not.toContain('good');
});
