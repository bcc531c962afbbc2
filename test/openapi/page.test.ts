/** `/docs` as a developer meets it, in a real browser that reaches nothing but the gateway. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sendMessage } from '@openclaw/contract';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChromium } from '../support/chromium.ts';
import { needs } from '../support/debian.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

/** Other tests keep the machine busy. */
const PATIENCE = { timeout: 10_000 };
const SHOTS = process.env['SCREENSHOTS'];

const missing = await needs('chromium');
describe.skipIf(missing)(`in Chromium${missing}`, () => {
  let browser: Browser;
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
    await gateway.client.call(sendMessage, { session: 'main', text: 'Hi' });
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser.close();
    await gateway[Symbol.asyncDispose]();
  });

  const open = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${gateway.url}/docs`);
    return { page, said, asked, close: () => context.close() };
  };
  const signIn = async (page: Page, token = gateway.token): Promise<void> => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
  };
  const shot = async (page: Page, name: string): Promise<void> => {
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/docs-${name}.png` });
  };

  test('shows nothing without a token, and says so of a wrong one', async () => {
    const { page, close } = await open();
    await signIn(page, 'not-the-token');
    await expect.poll(() => page.getByRole('alert').textContent(), PATIENCE).toBe('The credential does not match');
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    await shot(page, 'sign-in');
    await close();
  });

  test('shows every operation, finds one, and asks nobody but the gateway', async () => {
    const { page, said, asked, close } = await open({ viewport: { width: 1360, height: 900 }, colorScheme: 'light' });
    await signIn(page);
    const contents = page.getByRole('navigation');
    await expect.poll(() => contents.getByRole('link').count(), PATIENCE).toBeGreaterThan(30);
    await shot(page, 'overview');
    await page.keyboard.press('/');
    await page.keyboard.type('stream messages-v1');
    await expect.poll(() => contents.getByRole('link').count(), PATIENCE).toBe(1);
    await contents.getByRole('link').click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).textContent(), PATIENCE).toBe('Gives the agent a message and tells its answer as it comes');
    for (const text of ['POST', 'workspace', 'Idempotency-Key', 'text/event-stream', 'type: "tool_use"', 'rate_limited', 'messages:write']) {
      expect(await page.getByRole('main').textContent(), text).toContain(text);
    }
    await shot(page, 'operation');
    expect(asked.every((url) => url.startsWith(`${gateway.url}/`))).toBe(true);
    expect(said.filter((line) => !line.includes('401'))).toEqual([]);
    await close();
  });

  test('the curl it shows is answered, and holds no token', async () => {
    const { page, close } = await open();
    await signIn(page);
    await page.goto(`${gateway.url}/docs#/sessions_sendMessage`);
    const command = (await page.locator('figure', { hasText: 'curl' }).first().locator('code').textContent()) ?? '';
    expect(command).toContain("-d '{\n  \"message\": \"What'\\''s on my calendar today?\"\n}'");
    expect(await page.content()).not.toContain(gateway.token);
    const { stdout } = await promisify(execFile)('bash', ['-c', command], { env: { ...process.env, TOKEN: gateway.token }, timeout: 10_000 });
    expect(JSON.parse(stdout)).toMatchObject({ sessionKey: 'agent:main:main' });
    await close();
  });

  test('a GET can be tried, and its answer is shown as text', async () => {
    const { page, said, close } = await open({ viewport: { width: 1360, height: 900 }, colorScheme: 'dark' });
    await signIn(page);
    await page.goto(`${gateway.url}/docs#/sessions_getHistory`);
    await page.getByRole('textbox', { name: 'key' }).fill('main');
    await page.getByRole('textbox', { name: 'limit' }).fill('20');
    await page.getByRole('button', { name: 'Send' }).click();
    const result = page.locator('.result');
    await expect.poll(() => result.textContent(), PATIENCE).toContain('"content": "Hi"');
    expect(await result.textContent()).toContain('GET /api/sessions/main/history?limit=20');
    await shot(page, 'tried-dark');
    expect(said.filter((line) => !line.includes('401'))).toEqual([]);
    await close();
  });

  test('forgets the token with the page', async () => {
    const { page, close } = await open();
    await signIn(page);
    await page.getByRole('navigation').waitFor();
    await page.reload();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).toBe('[{},{},""]');
    await close();
  });

  test.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    const { page, close } = await open({ viewport: { width: 390, height: 844 }, colorScheme, isMobile: true, hasTouch: true });
    await signIn(page);
    await page.getByRole('button', { name: 'Contents' }).click();
    await shot(page, `phone-contents-${colorScheme}`);
    await page.getByRole('searchbox').fill('sessions history');
    await page.getByRole('navigation').getByRole('link').first().click();
    await expect.poll(() => page.getByRole('navigation').isVisible(), PATIENCE).toBe(false);
    await shot(page, `phone-${colorScheme}`);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await close();
  });
});
