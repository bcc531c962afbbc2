import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { makeHome, run } from '../cli/program.ts';

const ROOT = join(import.meta.dirname, '../..');

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('the documents', () => {
  test.each(['/openapi.json', '/openapi/native.json', '/openapi/messages-v1.json'])('%s needs a credential', async (path) => {
    const refused = await fetch(gateway.url + path);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: { code: 'auth_required' } });
    const told = await gateway.request(path);
    expect(told.status).toBe(200);
    expect(await told.json()).toMatchObject({ openapi: '3.1.1', paths: expect.any(Object) });
  });

  test('are sent once, while they stay as they are', async () => {
    const etag = (await gateway.request('/openapi.json')).headers.get('etag') ?? '';
    const again = await gateway.request('/openapi.json', { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await fetch(`${gateway.url}/openapi.json`, { headers: { 'if-none-match': etag } })).status).toBe(401);
  });

  test('of what is not there are not there', async () => {
    for (const path of ['/openapi/control.json', '/openapi/nothing.json', '/openapi/', '/docs/', '/docs/..%2findex.html']) expect((await gateway.request(path)).status, path).toBe(404);
  });

  test('are the same from the command line, without a gateway', async () => {
    await using home = await makeHome();
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-openapi-'));
    const { code, out } = await run(['openapi', '--dialect', 'rpc'], home.env);
    expect([code, JSON.parse(out)]).toEqual([0, await (await gateway.request('/openapi/rpc.json')).json()]);
    const file = join(folder, 'api.json');
    expect(await run(['openapi', '-o', file], home.env)).toEqual({ code: 0, out: '', err: '' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(await (await gateway.request('/openapi.json')).json());
    expect(await run(['openapi', '-o', join(folder, 'no/folder')], home.env)).toMatchObject({ code: 1, err: expect.stringMatching(/^openclaw: .*no\/folder cannot be written: ENOENT[^\n]*\n$/) });
    await rm(folder, { recursive: true });
    expect(await run(['openapi', '--dialect', 'none'], home.env)).toMatchObject({ code: 1, err: expect.stringContaining('there are messages-v1, native, rpc, sessions, tasks-v1') });
  });
});

test('the page needs none, says nothing of the gateway, and may run nothing but itself', async () => {
  const page = await fetch(`${gateway.url}/docs`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/);
  const html = await page.text();
  expect(html).not.toMatch(/\d{4}\.\d+|https?:|<script(?! type="module" src="\/docs\/docs\.js")|style=|onclick/);
  const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(parts).toEqual(['/docs/docs.css', '/docs/docs.js']);
  for (const path of parts) expect((await fetch(gateway.url + path)).status).toBe(200);
});

test('a start loads no description and writes no document', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ resolve: (specifier, context, next) => { const found = next(specifier, context); seen.push(found.url); return found; } });
    await import(${JSON.stringify(join(ROOT, 'packages/gateway/src/app/open-inside.ts'))});
    await import(${JSON.stringify(join(ROOT, 'packages/gateway/src/surfaces/docs/add-docs.ts'))});
    console.log(JSON.stringify(seen.filter((url) => /described|surfaces\\/kit\\/openapi/.test(url))));
    process.exit();
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(JSON.parse(stdout)).toEqual([]);
});
