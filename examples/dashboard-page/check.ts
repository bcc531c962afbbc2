import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createContext, runInContext } from 'node:vm';
import { WebSocket } from 'ws';
import { startChromium } from '../../test/support/chromium.ts';
import { needs } from '../../test/support/debian.ts';
import type { Check } from '../kit/example.ts';

/** A page that is open, in a browser or in what stands in for one. */
interface Opened extends AsyncDisposable {
  /** Clicks on a button of this name. */
  click(name: string): Promise<void>;
  /** What stands in `#output`. */
  output(): Promise<string | null>;
  /** Whether its socket is open; `closed` when it was refused. */
  socket(): Promise<'open' | 'closed' | 'opening'>;
  /** What a browser has to complain of. */
  readonly complaints: readonly string[];
}

type Open = (address: string) => Promise<Opened>;

/** Set EXAMPLES_WITHOUT_BROWSER to see the other way where there is one. */
const hasBrowser = async (): Promise<boolean> => process.env['EXAMPLES_WITHOUT_BROWSER'] === undefined && (await needs('chromium')) === '';

const inChromium: Open = async (address) => {
  const browser = await startChromium();
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(address);
  return {
    complaints,
    click: (name) => page.getByRole('button', { name }).click(),
    output: () => page.locator('#output').textContent(),
    socket: async () => stateOf(Number(await page.evaluate('ws.readyState'))),
    [Symbol.asyncDispose]: () => browser.close(),
  };
};

/** The page's own script with a document of one element, and a WebSocket that says where it comes from, as a browser's does. */
const withoutBrowser: Open = async (address) => {
  const html = await (await fetch(address)).text();
  const [, script = ''] = /<script>([^]*?)<\/script>/.exec(html) ?? [];
  const element = { textContent: '' };
  const document = { getElementById: (id: string) => (html.includes(`id="${id}"`) ? element : null) };
  const Socket = class extends WebSocket {
    constructor(url: string) {
      super(url, { origin: new URL(address).origin });
      this.on('error', () => {});
    }
  };
  const page = createContext({ WebSocket: Socket, document });
  runInContext(script, page);
  return {
    complaints: [],
    click: async (name) => void runInContext(new RegExp(`<button onclick="([^"]+)">${name}</button>`).exec(html)?.[1] ?? `throw new Error('no button ${name}')`, page),
    output: async () => element.textContent,
    socket: async () => stateOf(Number(runInContext('ws.readyState', page))),
    [Symbol.asyncDispose]: async () => void runInContext('ws.terminate()', page),
  };
};

const stateOf = (readyState: number): 'open' | 'closed' | 'opening' => (readyState === WebSocket.OPEN ? 'open' : readyState === WebSocket.CONNECTING ? 'opening' : 'closed');

const becomes = async <T>(read: () => Promise<T>, wanted: T): Promise<void> => {
  for (const patience = Date.now() + 10_000; (await read()) !== wanted && Date.now() < patience; ) await pause(20);
  assert.equal(await read(), wanted);
};

const wordsOf = (html: string): string => html.replace(/^<!--.*-->$/m, '').replace(/\s+/g, ' ').trim();

export const check: Check = {
  command: 'node serve.mjs',
  listensAt: 'DASHBOARD_URL',
  insteadOf: ['http://127.0.0.1:8080'],
  manner: async () => ((await hasBrowser()) ? 'in Chromium' : "the page's script without a browser"),
  run: async ({ start, folder, exported, told }) => {
    const open = (await hasBrowser()) ? inChromium : withoutBrowser;
    const asPrinted = await readFile(join(import.meta.dirname, '../../test/printed/snippets/s1-dashboard.html'), 'utf8');
    assert.equal(wordsOf(await readFile(join(folder, 'dashboard.html'), 'utf8')), wordsOf(asPrinted));

    const serving = start();
    await serving.until('\n');
    const address = serving.said().out.trim();
    {
      await using page = await open(address);
      await becomes(page.socket, 'open');
      await page.click('Health Check');
      await becomes(page.output, 'Heard: System health report');
      await page.click('Token Report');
      await becomes(page.output, 'Heard: Token usage this week');
      assert.deepEqual(page.complaints, []);
    }
    assert.deepEqual(await told('main'), ['System health report', 'Token usage this week']);
    // What holds the key is given to nobody who asks for another host.
    const { port } = new URL(address);
    assert.equal((await fetch(`http://localhost:${port}/`)).status, 403);
    await serving.stop();

    // From an origin that the configuration does not list the same page gets nowhere.
    const elsewhere = start({ DASHBOARD_URL: exported['DASHBOARD_URL']?.replace('127.0.0.1', 'localhost') ?? '' });
    await elsewhere.until('\n');
    await using foreign = await open(elsewhere.said().out.trim());
    await becomes(foreign.socket, 'closed');
    await elsewhere.stop();
  },
};
