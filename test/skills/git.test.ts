import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getSkill, installSkill, listSkills } from '@openclaw/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gitSkills } from '../../packages/gateway/src/drivers/skills/git/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { SKILL } from '../support/tar.ts';

let scratch: string;
let work: string;
let url: string;
let gateway: TestGateway;

const env = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' };
const git = (...args: readonly string[]): string => execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'protocol.file.allow=always', ...args], { cwd: work, env, encoding: 'utf8' }).trim();
const commit = async (files: Readonly<Record<string, string>>): Promise<string> => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(work, path, '..'), { recursive: true });
    await writeFile(join(work, path), text);
  }
  git('add', '-A');
  git('commit', '-qm', 'x');
  return git('rev-parse', 'HEAD');
};

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'skills-git-'));
  work = join(scratch, 'repository');
  url = `file://${work}`;
  await mkdir(work);
  git('init', '-q');
});
afterEach(() => rm(scratch, { recursive: true, force: true }));
beforeAll(async () => {
  gateway = await startGateway({ env: { PATH: process.env['PATH'] ?? '' } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const shelved = () => readdir(join(gateway.folder, 'skills/.store'));

const install = async (more: { ref?: string; url?: string } = {}) => (await gateway.client.call(installSkill, { git: more.url ?? url, ...(more.ref !== undefined && { ref: more.ref }) })).skills;
const refused = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) });

test('a repository is installed at its newest commit, at a branch, a tag or a commit', async () => {
  const first = await commit({ 'SKILL.md': SKILL('from-git', 'version: 1.0.0\n'), 'scripts/run.sh': 'echo\n' });
  git('tag', 'v1');
  const second = await commit({ 'SKILL.md': SKILL('from-git', 'version: 2.0.0\n') });
  expect(await install()).toMatchObject([{ name: 'from-git', version: '2.0.0', source: 'git', from: url, integrity: second, modified: false }]);
  expect(await install({ ref: 'v1' })).toMatchObject([{ version: '1.0.0', from: `${url}#v1`, integrity: first }]);
  expect(await install({ ref: 'main' })).toMatchObject([{ version: '2.0.0' }]);
  expect(await install({ ref: first })).toMatchObject([{ version: '1.0.0' }]);
  expect((await gateway.client.call(getSkill, { skill: 'from-git' })).files.map(({ path }) => path)).toEqual(['SKILL.md', 'scripts/run.sh']);
  expect(await shelved()).toHaveLength(1);
});

describe('nothing of a repository comes to life', () => {
  test('no hook, no filter, no attribute, no submodule, no large file of another server', async () => {
    const canary = join(scratch, 'PWNED');
    await commit({ 'sub/SKILL.md': 'x' });
    const inner = join(scratch, 'inner');
    await mkdir(inner);
    execFileSync('git', ['init', '-q', '--bare', inner], { env });
    await writeFile(join(work, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${canary}\n`);
    for (const hook of ['post-checkout', 'post-upload-pack', 'pre-upload', 'post-update']) {
      await writeFile(join(work, '.git/hooks', hook), `#!/bin/sh\ntouch ${canary}\n`);
      await chmod(join(work, '.git/hooks', hook), 0o700);
    }
    git('config', 'filter.evil.smudge', `touch ${canary}`);
    git('config', 'filter.lfs.smudge', `touch ${canary}`);
    git('config', 'uploadpack.packObjectsHook', `touch ${canary}; false`);
    git('config', 'tar.umask', '0000');
    await commit({
      'SKILL.md': SKILL('quiet'),
      '.gitattributes': '*.txt filter=evil\n*.bin filter=lfs diff=lfs merge=lfs -text\nhidden.md export-ignore\nstamp.md export-subst\n',
      'a.txt': 'plain\r\n', 'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', 'hidden.md': 'there', 'stamp.md': '$Format:%an$\n',
      '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = file://${inner}\n`,
    });
    git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'HEAD')},m`);
    git('commit', '-qm', 'submodule');
    await install();
    const folder = join(gateway.folder, 'skills/quiet');
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('plain\r\n');
    expect(await readFile(join(folder, 'hidden.md'), 'utf8')).toBe('there');
    expect(await readFile(join(folder, 'stamp.md'), 'utf8')).toBe('$Format:%an$\n');
    expect(await readFile(join(folder, 'big.bin'), 'utf8')).toContain('git-lfs');
    expect(await readdir(join(folder, 'm')).catch(() => [])).toEqual([]);
    expect(await readdir(scratch)).not.toContain('PWNED');
  });

  test('links in it are refused as in any archive', async () => {
    await commit({ 'SKILL.md': SKILL('linked') });
    await symlink('/etc/passwd', join(work, 'link'));
    await commit({});
    await expect(install()).rejects.toMatchObject(refused('skill_refused', /neither file nor folder: "link" \(symlink\)/));
  });

  test('what a person configured for git does not count', async () => {
    await commit({ 'SKILL.md': SKILL('configured') });
    const home = join(scratch, 'home');
    await mkdir(home);
    await writeFile(join(home, '.gitconfig'), `[url "file:///nowhere/"]\n\tinsteadOf = file://\n[core]\n\thooksPath = ${home}\n`);
    const config = { HOME: home, GIT_CONFIG_GLOBAL: join(home, '.gitconfig'), GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'url.file:///nowhere/.insteadOf', GIT_CONFIG_VALUE_0: 'file://', GIT_DIR: '/nowhere', GIT_SSH_COMMAND: 'false' };
    await using other = await startGateway({ env: { PATH: process.env['PATH'] ?? '', ...config } });
    expect((await other.client.call(installSkill, { git: url })).skills).toMatchObject([{ name: 'configured' }]);
  });
});

describe('what cannot be had', () => {
  test('says why, and leaves nothing behind', async () => {
    const before = await shelved();
    await commit({ 'README.md': 'x' });
    await expect(install()).rejects.toMatchObject(refused('skill_refused', /holds no SKILL\.md/));
    await expect(install({ ref: 'absent' })).rejects.toMatchObject(refused('skill_source_failed', /git could not do it: .*absent/));
    await expect(install({ url: `file://${scratch}/nothing` })).rejects.toMatchObject(refused('skill_source_failed', /git could not do it/));
    await expect(install({ url: 'https://127.0.0.1:1/x.git' })).rejects.toMatchObject(refused('skill_source_failed', /git could not do it/));
    expect(await shelved()).toEqual(before);
  });

  test('a machine without git is told so', async () => {
    await commit({ 'SKILL.md': SKILL('x') });
    await using other = await startGateway({ env: { PATH: scratch } });
    await expect(other.client.call(installSkill, { git: url })).rejects.toMatchObject(refused('skill_source_failed', /git is not installed on the machine of the gateway/));
  });

  test.skipIf(process.platform !== 'linux')('who gives up waiting leaves no git behind', async () => {
    await commit({ 'SKILL.md': SKILL('x') });
    const slow = join(scratch, 'bin');
    await mkdir(slow);
    await writeFile(join(slow, 'git'), '#!/bin/sh\nsleep 31 & echo $! > "$0.pid"; wait\n');
    await chmod(join(slow, 'git'), 0o700);
    const into = join(scratch, 'into');
    await mkdir(into);
    const fetching = gitSkills({ env: { PATH: `${slow}:${process.env['PATH']}` } }).fetch({ url, ref: undefined }, into, AbortSignal.timeout(500));
    await expect(fetching).rejects.toThrow(/timeout/i);
    const pid = Number(await readFile(join(slow, 'git.pid'), 'utf8'));
    // Dead, whether or not somebody has taken note of it.
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8').then((stat) => stat.split(') ')[1]?.[0], () => 'Z')).toBe('Z');
    expect((await readdir(scratch)).toSorted()).not.toContain('into.git');
  });

  test.each([
    'ssh://git@example.com/x', 'git@example.com:x/y', 'git://example.com/x', 'http://example.com/x', 'ext::sh -c id', 'file://host/x', 'https://user:secret@example.com/x', '--upload-pack=id', 'https://example.com/x\n', '/x', '../x', '',
  ])('%j is no address', async (address) => {
    const response = await gateway.request('/api/native/skills.install', { json: { git: address } });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('secret');
  });

  test.each(['-x', '--upload-pack=id', 'a..b', 'a b', 'a;b', '@{u}', 'a:b', 'refs/heads/x.lock', 'a//b', '', 'x'.repeat(201)])('%j is no branch, tag or commit', async (ref) => {
    expect((await gateway.request('/api/native/skills.install', { json: { git: url, ref } })).status).toBe(400);
  });
});

test('several skills in one repository come together', async () => {
  await commit({ 'README.md': 'x', 'skills/a/SKILL.md': SKILL('a'), 'skills/b/SKILL.md': SKILL('b') });
  expect((await install()).map(({ name }) => name)).toEqual(['a', 'b']);
  expect((await gateway.client.call(listSkills, {})).skills.map(({ name }) => name)).toEqual(expect.arrayContaining(['a', 'b']));
});
