import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { getStatus, usageToday } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { freePort, makeHome, run } from './program.ts';

let gateway: TestGateway;
let env: Record<string, string>;
beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'Hello' }) });
  env = { PATH: process.env['PATH'] ?? '', HOME: gateway.folder, OPENCLAW_STATE_DIR: gateway.folder };
  await run(['send', 'Hello'], env);
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('status', () => {
  test('is a table, plain into a pipe', async () => {
    const { code, out, err } = await run(['status'], env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toContain('\u001b');
    const rows = Object.fromEntries(out.trimEnd().split('\n').slice(2).map((line) => [line.slice(0, 8).trim(), line.slice(10)]));
    expect(rows).toMatchObject({
      Agent: 'main',
      Model: 'test/model',
      Store: expect.stringMatching(/\S/),
      Uptime: expect.stringMatching(/^\d+ s|min/),
      Sessions: '1',
      Turns: '0 running, 0 queued',
      Today: expect.stringMatching(/^[\d,]+ tokens, (cost unknown|\$|less)/),
      Memory: expect.stringMatching(/^\d+ MB$/),
    });
    expect(rows['Today']).not.toMatch(/^0 /);
  });

  test('--json is what the gateway says, with its address', async () => {
    const { code, out } = await run(['status', '--json'], env);
    expect(code).toBe(0);
    const told = z.strictObject({ status: getStatus.output, usage: usageToday.output, url: z.string() }).parse(JSON.parse(out));
    expect(told).toMatchObject({ status: { sessions: 1, model: 'test/model' }, usage: { modelCalls: 1 }, url: gateway.url });
  });

  test('ends with 3 where no gateway runs, and says how to start one', async () => {
    await using home = await makeHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), `{ gateway: { port: ${await freePort()} } }`);
    expect(await run(['status'], home.env)).toEqual({ code: 3, out: '', err: 'openclaw: The gateway is not running. Start it with: openclaw gateway start\n' });
    const elsewhere = { ...home.env, OPENCLAW_URL: 'http://127.0.0.1:9' };
    expect(await run(['status'], elsewhere)).toMatchObject({ code: 3, err: expect.stringContaining('http://127.0.0.1:9 (OPENCLAW_URL)') });
  });

  test('does not wait for ever for one that hangs', async () => {
    const silent = createServer(() => {});
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const address = silent.address();
    try {
      const { code, err } = await run(['status'], { ...env, OPENCLAW_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` });
      expect([code, err]).toEqual([1, expect.stringContaining('gives no answer')]);
    } finally {
      silent.close();
      silent.closeAllConnections();
    }
  });

  test.each([
    ['written plainly', (token: string) => `{ gateway: { token: "${token}" } }`],
    ['written with escapes', (token: string) => `{ gateway: { "t\\u006fken": "${token}" } }`],
    ['only meant in a comment', () => '{ /* token: "not-this-one" */ agents: { defaults: { maxTokens: 100 } } }'],
    ['in its longer form', (token: string) => `{ gateway: { auth: { token: "${token}" } } }`],
    ['beside a key of a model that only the gateway has', (token: string) => `{ gateway: { token: "${token}" }, models: { providers: { openai: { apiKey: "\${OPENAI_API_KEY}" } } } }`],
  ])('finds a token in the configuration: %s', async (_name, text) => {
    await using home = await makeHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), text(gateway.token));
    await writeFile(join(home.folder, 'gateway.token'), text('').includes('not-this-one') ? gateway.token : 'another-token');
    expect(await run(['status'], { ...home.env, OPENCLAW_URL: gateway.url })).toMatchObject({ code: 0, err: '' });
  });

  test('says which variable holds the token, where this shell does not have it', async () => {
    await using home = await makeHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.yml'), 'gateway:\n  token: ${MY_TOKEN}\n');
    const without = { ...home.env, OPENCLAW_URL: gateway.url };
    expect(await run(['status'], { ...without, MY_TOKEN: gateway.token })).toMatchObject({ code: 0 });
    expect(await run(['status'], without)).toMatchObject({ code: 1, err: expect.stringMatching(/gateway\.token .*MY_TOKEN, which is not set here/) });
  });
});
