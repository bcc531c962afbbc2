import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { freePort, makeHome, type Running, start } from '../cli/program.ts';
import { verifies } from '../requirements/verifies.ts';
import { makeDesk } from './desk.ts';
import { printed } from './printed.ts';

const TOKEN = 'your-token';

describe('a client that comes back', () => {
  verifies('s1.reconnect', async () => {
    await using home = await makeHome({ OPENCLAW_AUTH_TOKEN: TOKEN });
    await using desk = await makeDesk();
    const port = await freePort();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), JSON.stringify({ gateway: { port }, api: { port: null } }));
    const begin = async (): Promise<Running> => {
      const running = start(['gateway', 'run'], home.env);
      await running.until('Try it:');
      return running;
    };
    const end = async ({ child, ended }: Running, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      child.kill(signal);
      await ended;
    };

    let gateway = await begin();
    try {
      // The page would do the same with its socket; this one asks for the status whenever it is connected.
      const asks = `const Plain = WebSocket;
globalThis.WebSocket = class extends Plain {
  constructor(url) {
    super(url);
    this.addEventListener('open', () => this.send('{"type":"status","id":"1"}'));
    this.addEventListener('message', ({ data }) => console.log('Status:', JSON.parse(data).payload.status));
  }
};\n`;
      const client = desk.run('node', [await desk.write('client.mjs', `${asks}${printed('s1-reconnect.js')}\nconnectWithRetry('ws://127.0.0.1:${port}?token=${TOKEN}');\n`)]);
      await client.until('Status: ok');
      await end(gateway, 'SIGTERM');
      await client.until('Reconnecting in 1000ms (attempt 1)');
      gateway = await begin();
      await client.until('Status: ok', 2);
      // After it was connected it counts its attempts anew. A gateway that was killed does not say goodbye.
      await end(gateway, 'SIGKILL');
      await client.until('Reconnecting in 1000ms (attempt 1)', 2);
      gateway = await begin();
      await client.until('Status: ok', 3);
      expect(client.said().out).toMatch(/^Connected\nStatus: ok\n(Reconnecting in \d+ms \(attempt \d\)\n)+Connected\nStatus: ok\n(Reconnecting in \d+ms \(attempt \d\)\n)+Connected\nStatus: ok\n$/);
      await client.stop();
    } finally {
      await end(gateway, 'SIGTERM');
    }
  });
});
