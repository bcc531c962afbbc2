/** The published clients in a page of another origin, as a browser loads them: no bundler, nothing of Node. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join, normalize } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { startChromium } from '../support/chromium.ts';
import { needs } from '../support/debian.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { clientProject } from '../support/packed-clients.ts';

const IMPORTS = { '@openclaw/api-client': '/node_modules/@openclaw/api-client/dist/esm/api-client/src/index.js', 'openclaw-sdk': '/node_modules/openclaw-sdk/dist/esm/sdk/src/index.js' };

const missing = await needs('chromium');
describe.skipIf(missing)(`in Chromium${missing}`, () => {
  let browser: Browser;
  let site: Server;
  let origin: string;
  let gateway: TestGateway;
  let project: Awaited<ReturnType<typeof clientProject>>;

  beforeAll(async () => {
    project = await clientProject();
    site = createServer((request, response) => {
      const path = normalize(request.url ?? '/');
      if (path === '/') return void response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`);
      readFile(join(project.folder, path)).then(
        (file) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(file),
        () => response.writeHead(404).end(),
      );
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    origin = `http://127.0.0.1:${portOf(site)}`;
    gateway = await startGateway({
      config: { gateway: { allowedOrigins: [origin] } },
      script: ({ messages }) => ({ text: ['Heard: ', String(messages.at(-1)?.text)], chunkDelayMs: 20 }),
    });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser.close();
    site.close();
    site.closeAllConnections();
    await gateway[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
  });

  const inPage = async (code: string): Promise<unknown> => {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(String(error)));
    await page.goto(`${origin}/`);
    const result = await page.evaluate(`(async () => { const { OpenClaw, OpenClawError } = await import('@openclaw/api-client'); const { OpenClaw: Tasks } = await import('openclaw-sdk'); ${code} })()`);
    expect(said).toEqual([]);
    await page.close();
    return result;
  };
  const client = () => `const client = new OpenClaw({ baseUrl: '${gateway.url}', apiKey: '${gateway.token}' });`;

  test('a message is sent, a stream is read, a session is deleted', async () => {
    const result = await inPage(`${client()}
      const { response, sessionId } = await client.messages.send({ workspace: 'team', userId: 'page', message: 'Hi' });
      const stream = client.messages.stream({ workspace: 'team', userId: 'page', message: 'more '.repeat(10) });
      const words = [];
      for await (const word of stream) words.push(word);
      const { finishReason } = await stream.done();
      const { status } = await new Tasks({ baseUrl: '${gateway.url}', token: '${gateway.token}' }).status();
      return [response, words.join('').length, words.length > 1, finishReason, status, (await client.sessions.delete(sessionId)).deleted];`);
    expect(result).toEqual(['Heard: Hi', 'Heard: '.length + 50, true, 'stop', 'ok', true]);
  });

  test('an error has its status, its code and the id of its request', async () => {
    const result = await inPage(`const client = new OpenClaw({ baseUrl: '${gateway.url}', apiKey: 'wrong' });
      try { await client.health(); } catch (error) { return [error instanceof OpenClawError, error.status, error.code, error.requestId.slice(0, 4)]; }`);
    expect(result).toEqual([true, 401, 'auth_invalid', 'req_']);
  });

  test('a stream that is left is left', async () => {
    const result = await inPage(`${client()}
      const leave = new AbortController();
      try { for await (const word of client.messages.stream({ message: 'Hi' }, { signal: leave.signal })) leave.abort(); } catch (error) { return error.name; }`);
    expect(result).toBe('AbortError');
  });
});
