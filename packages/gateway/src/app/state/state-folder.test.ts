import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromHome, makeStateFolder, stateFolder } from './state-folder.ts';

test('is .openclaw in the home folder unless the environment says otherwise', () => {
  expect(stateFolder({ HOME: '/home/ann' }).root).toBe('/home/ann/.openclaw');
  expect(stateFolder({ HOME: '/home/ann', OPENCLAW_STATE_DIR: '/srv/claw' }).root).toBe('/srv/claw');
  expect(stateFolder({ HOME: '/home/ann', OPENCLAW_STATE_DIR: '~/claw' }).root).toBe('/home/ann/claw');
  expect(stateFolder({ HOME: '/home/ann', OPENCLAW_STATE_DIR: '' }).root).toBe('/home/ann/.openclaw');
});

test('names what it holds', () => {
  const folder = stateFolder({ OPENCLAW_STATE_DIR: '/s' });
  expect(folder.database).toBe('/s/openclaw.sqlite');
  expect(folder.tokenFile).toBe('/s/gateway.token');
  expect(folder.logs).toBe('/s/logs');
  expect(folder.backups).toBe('/s/backups');
  expect(folder.workspace('main')).toBe('/s/workspaces/main');
});

test.each(['..', '../x', '', 'a/b', '.hidden', 'x\0'])('refuses %j as the name of an agent', (agent) => {
  expect(() => stateFolder({ OPENCLAW_STATE_DIR: '/s' }).workspace(agent)).toThrow('agent');
});

test('is made for its owner alone', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'state-'));
  const folder = stateFolder({ OPENCLAW_STATE_DIR: join(parent, 'a', 'b') });
  await makeStateFolder(folder);
  await makeStateFolder(folder);
  expect((await stat(folder.root)).mode & 0o777).toBe(0o700);
  await rm(parent, { recursive: true });
});

test('only a tilde that stands alone means the home folder', () => {
  expect(fromHome('~ann/x', { HOME: '/h' })).toBe('~ann/x');
  expect(fromHome('~/x', { HOME: '/h' })).toBe('/h/x');
});
