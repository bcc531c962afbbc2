import { copyFile, cp, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Home, makeHome, run, runGateway } from './program.ts';

const Report = z.object({ folder: z.string(), files: z.array(z.object({ name: z.string(), bytes: z.number() })), sessions: z.number(), messages: z.number(), setAside: z.string().optional() });

let home: Home;
let made: string;
beforeAll(async () => {
  home = await makeHome();
  await mkdir(home.folder);
  await writeFile(join(home.folder, 'openclaw.json'), '{ agents: { defaults: { timezone: "UTC" } } }');
  await using gateway = await runGateway(home);
  expect(gateway.url).not.toBe('');
  await run(['send', '--session', 'kept', 'Remember the milk'], home.env);
  await mkdir(join(home.folder, 'workspaces', 'main'), { recursive: true });
  await writeFile(join(home.folder, 'workspaces', 'main', 'AGENTS.md'), 'Be kind.');
  const skill = join(home.folder, '..', 'kept-skill');
  await mkdir(skill);
  await writeFile(join(skill, 'SKILL.md'), '---\nname: kept-skill\ndescription: d\n---\n');
  expect(await run(['skills', 'install', skill], home.env)).toMatchObject({ code: 0 });
  const { code, out, err } = await run(['backup', 'create', '--json'], home.env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const report = Report.parse(JSON.parse(out));
  expect(report).toMatchObject({ sessions: 1, messages: 2 });
  expect(report.files.map(({ name }) => name).toSorted()).toEqual(['gateway.token', 'openclaw.json', 'openclaw.sqlite']);
  made = report.folder;
  expect(await run(['backup', 'restore', made], home.env)).toMatchObject({ code: 1, err: expect.stringContaining('stop it first') });
});
afterAll(() => home[Symbol.asyncDispose]());

describe('a backup made while the gateway runs', () => {
  test('brings everything back into an empty state directory', async () => {
    await using other = await makeHome();
    const restored = await run(['backup', 'restore', made], other.env);
    expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(/Restored from[^]*1 sessions, 2 messages/) });
    expect(await readFile(join(other.folder, 'gateway.token'), 'utf8')).toBe(await readFile(join(home.folder, 'gateway.token'), 'utf8'));
    expect(await readFile(join(other.folder, 'workspaces', 'main', 'AGENTS.md'), 'utf8')).toBe('Be kind.');
    expect(await readFile(join(other.folder, 'openclaw.json'), 'utf8')).toContain('timezone');
    await using gateway = await runGateway(other);
    const token = (await readFile(join(other.folder, 'gateway.token'), 'utf8')).trim();
    const history = await fetch(`${gateway.url}/api/native/sessions.history`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"session":"kept"}' });
    expect(await history.json()).toMatchObject({ total: 2, messages: [{ text: 'Remember the milk' }, {}] });
    const skills = await fetch(`${gateway.url}/api/v1/skills`, { headers: { authorization: `Bearer ${token}` } });
    expect(await skills.json()).toMatchObject({ total: 1, skills: [{ name: 'kept-skill', source: 'folder', modified: false }] });
  });

  test('sets aside what it takes the place of', async () => {
    await using other = await makeHome();
    await mkdir(join(other.folder, 'workspaces', 'main'), { recursive: true });
    await writeFile(join(other.folder, 'openclaw.json'), '{ /* mine */ }');
    await writeFile(join(other.folder, 'workspaces', 'main', 'mine.md'), 'mine');
    const { out } = await run(['backup', 'restore', '--json', made], other.env);
    const { setAside = '' } = Report.parse(JSON.parse(out));
    expect(await readFile(join(setAside, 'openclaw.json'), 'utf8')).toBe('{ /* mine */ }');
    expect(await readFile(join(setAside, 'workspaces', 'main', 'mine.md'), 'utf8')).toBe('mine');
    expect(await readdir(join(other.folder, 'workspaces', 'main'))).toEqual(['AGENTS.md']);
  });

  test.each([
    ['a file was changed', (folder: string) => writeFile(join(folder, 'openclaw.json'), '{ gateway: { token: "another" } }')],
    ['the database was cut', (folder: string) => truncate(join(folder, 'openclaw.sqlite'), 4096)],
    ['a file is missing', (folder: string) => cp(join(folder, 'openclaw.sqlite'), join(folder, 'elsewhere')).then(() => truncate(join(folder, 'gateway.token'), 0))],
    ['the list is nonsense', (folder: string) => writeFile(join(folder, 'manifest.json'), '{"files":[')],
    ['the list is no list', (folder: string) => writeFile(join(folder, 'manifest.json'), '{"files":{}}')],
    ['the list leads out', (folder: string) => writeFile(join(folder, 'manifest.json'), '{"files":[{"name":"../../evil","bytes":1,"sha256":"x"}]}')],
  ])('is refused where %s, and nothing is touched', async (_name, tamper) => {
    await using other = await makeHome();
    await mkdir(other.folder);
    await writeFile(join(other.folder, 'openclaw.json'), '{ /* mine */ }');
    const copy = join(other.folder, 'copy');
    await cp(made, copy, { recursive: true });
    await tamper(copy);
    const { code, err } = await run(['backup', 'restore', copy], other.env);
    expect(code).toBe(1);
    expect(err).toContain('nothing was changed');
    expect((await readdir(other.folder)).toSorted()).toEqual(['copy', 'openclaw.json']);
    expect(await readFile(join(other.folder, 'openclaw.json'), 'utf8')).toBe('{ /* mine */ }');
  });

  test('is refused where it is none, and where the name is taken', async () => {
    await using other = await makeHome();
    expect(await run(['backup', 'restore', '/nowhere/at/all'], other.env)).toMatchObject({ code: 1, err: expect.stringContaining('not a backup') });
    expect(await run(['backup', 'create'], other.env)).toMatchObject({ code: 1, err: expect.stringContaining('nothing to back up') });
    expect(await run(['backup', 'create', made], home.env)).toMatchObject({ code: 1, err: expect.stringContaining('exists already') });
  });

  test('holds nothing half made', async () => {
    const target = join(home.folder, 'mine');
    await mkdir(`${target}.making`);
    await copyFile(join(home.folder, 'openclaw.json'), join(`${target}.making`, 'left-over'));
    expect(await run(['backup', 'create', target], home.env)).toMatchObject({ code: 0 });
    expect((await readdir(target)).toSorted()).toEqual(['gateway.token', 'manifest.json', 'openclaw.json', 'openclaw.sqlite', 'skills', 'workspaces']);
    expect(await readdir(home.folder)).not.toContain('mine.making');
  });
});
