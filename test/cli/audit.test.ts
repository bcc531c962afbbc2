import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { createWorkspace, deleteWorkspace } from '@openclaw/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Home, makeHome, run } from './program.ts';

let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
beforeAll(async () => {
  home = await makeHome();
  gateway = await startGateway({ folder: home.folder });
  env = { ...home.env, OPENCLAW_STATE_DIR: home.folder };
  for (const id of ['one', 'two', 'three']) await gateway.client.call(createWorkspace, { id });
  await gateway.client.call(deleteWorkspace, { id: 'two' });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const cli = (...args: readonly string[]) => run(args, env);
let head = '';

test('list shows who did what, and takes filters', async () => {
  const { code, out } = await cli('audit', 'list');
  expect(code).toBe(0);
  expect(out).toMatch(/^TIME +WHO +FROM +OPERATION +OUTCOME +ON\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +gateway token +127\.0\.0\.1 +workspaces\.delete +ok +workspace=two\n/);
  const some = await cli('audit', 'list', '--operation', 'workspaces.create', '--limit', '2', '--from', '2020-01-01', '--json');
  expect(JSON.parse(some.out)).toMatchObject({ entries: [{ resource: 'workspace=three' }, { resource: 'workspace=two' }] });
  expect(await cli('audit', 'list', '--outcome', 'forbidden')).toMatchObject({ code: 0, out: '', err: 'There is no such entry\n' });
  expect(await cli('audit', 'list', '--from', 'yesterday')).toMatchObject({ code: 1, err: expect.stringContaining('A date such as') });
});

test('verify prints the head, and finds it again', async () => {
  const { code, out } = await cli('audit', 'verify');
  expect(code).toBe(0);
  expect(out).toMatch(/^The audit log is in order: \d+ rows\nhead [0-9a-f]{64}\n$/);
  head = out.slice(-65, -1);
  expect(await cli('audit', 'verify', '--expect', head)).toMatchObject({ code: 0, out: expect.stringContaining('the expected head among them') });
  expect(await cli('audit', 'verify', '--expect', 'f'.repeat(64))).toMatchObject({ code: 1, err: expect.stringContaining('no row has the hash that was expected') });
  expect(await cli('audit', 'verify', '--expect', 'nonsense')).toMatchObject({ code: 1, err: expect.stringContaining('64 hexadecimal digits') });
});

const tamper = (statement: string): void => {
  const database = new DatabaseSync(join(home.folder, 'openclaw.sqlite'));
  database.exec(statement);
  database.close();
};

test('verify works on a gateway that is stopped, and notices what was done to the file', async () => {
  await gateway.stop();
  const sound = await cli('audit', 'verify', '--expect', head);
  expect(sound).toMatchObject({ code: 0, out: expect.stringContaining('in order') });
  // Looking at it harmed nothing: a gateway starts on it.
  await (await startGateway({ folder: home.folder })).stop();
  tamper(`UPDATE audit SET resource = 'workspace=x' WHERE resource = 'workspace=three'`);
  const broken = await cli('audit', 'verify');
  expect(broken).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/broken at row 3, after 2 that are in order: .*changed/) });
  expect(await cli('audit', 'verify', '--json')).toMatchObject({ code: 1, out: expect.stringContaining('"ok": false') });
  tamper(`UPDATE audit SET resource = 'workspace=three' WHERE resource = 'workspace=x'`);
  expect(await cli('audit', 'verify')).toMatchObject({ code: 0 });
  tamper('DELETE FROM audit WHERE seq = 2');
  expect(await cli('audit', 'verify')).toMatchObject({ code: 1, err: expect.stringContaining('row 2 is missing') });
});
