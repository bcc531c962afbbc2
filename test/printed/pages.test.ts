/** The pages that the documents print, in a real browser, served from another origin than the gateway's. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { startChromium } from '../support/chromium.ts';
import { needs } from '../support/debian.ts';
import type { TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { printed } from './printed.ts';

const missing = await needs('chromium');
describe.skipIf(missing)(`in Chromium${missing}`, () => {
  let browser: Browser;
  let site: Server;
  let origin: string;
  let gateway: TestGateway;
  const pages = new Map<string, string>();

  beforeAll(async () => {
    site = createServer((request, response) => {
      const page = pages.get(request.url ?? '');
      // Browsers ask for an icon too.
      response.writeHead(page === undefined ? 204 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    origin = `http://127.0.0.1:${portOf(site)}`;
    gateway = await startClaudeGateway({
      config: { gateway: { allowedOrigins: [origin] } },
      script: ({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}` }),
    });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser.close();
    site.close();
    site.closeAllConnections();
    await gateway[Symbol.asyncDispose]();
  });

  const open = async (path: string, html: string) => {
    pages.set(path, html);
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    await page.goto(origin + path);
    return { page, said };
  };
  const dashboard = (url: string) => printed('s1-dashboard.html', { 'ws://localhost:18789': url.replace('http', 'ws'), 'your-token': gateway.token });

  verifies('s1.page', async () => {
    const { page, said } = await open('/dashboard.html', dashboard(gateway.url));
    const output = page.locator('#output');
    const shows = (text: string) => expect.poll(() => output.textContent(), { timeout: 5_000 }).toBe(text);
    // As soon as the page may be clicked on, its socket may not be open yet.
    await page.waitForFunction('ws.readyState === WebSocket.OPEN');
    await page.getByRole('button', { name: 'Health Check' }).click();
    await shows('Heard: System health report');
    await page.getByRole('button', { name: 'Token Report' }).click();
    await shows('Heard: Token usage this week');
    if (process.env['SCREENSHOTS']) await page.screenshot({ path: `${process.env['SCREENSHOTS']}/dashboard.png` });
    expect(said).toEqual([]);
    await page.close();
  });

  test('a page of an origin that is not listed gets no socket', async () => {
    const strict = await startClaudeGateway();
    try {
      const { page, said } = await open('/foreign.html', dashboard(strict.url).replaceAll(gateway.token, strict.token));
      await page.waitForFunction('ws.readyState === WebSocket.CLOSED');
      expect(said.join('\n')).toContain('403');
      await page.close();
    } finally {
      await strict[Symbol.asyncDispose]();
    }
  });

  test('the client of the first document shows the answer', async () => {
    const code = printed('s0-websocket.js', { 'localhost:18789': new URL(gateway.url).host, 'your-token': gateway.token });
    const { page, said } = await open('/client.html', `<script>${code}</script>`);
    await expect.poll(() => said, { timeout: 5_000 }).toEqual(['Agent response: Heard: Hello!']);
    await page.close();
  });
});
