import { getStatus } from '@openclaw/contract';
import { connect } from '@openclaw/client';
import { KEY_PERMISSIONS } from '@openclaw/contract/permissions';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { loadConfig } from '../../packages/gateway/src/app/config/load-config.ts';
import type { Settings } from '../../packages/gateway/src/app/config/settings.ts';
import { freePort, makeHome, start } from '../cli/program.ts';
import { startGateway } from '../support/gateway.ts';
import { verifies } from './verifies.ts';

/** How a configuration is understood. */
const settingsOf = async (text: string, name = 'openclaw.json', env: Record<string, string> = {}): Promise<Settings> => {
  const root = await mkdtemp(join(tmpdir(), 'requirements-'));
  try {
    await writeFile(join(root, name), text);
    return (await loadConfig({ env: { OPENCLAW_STATE_DIR: root, ...env } })).settings;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};

/** A gateway as a program on this configuration; resolves to the URLs it names. */
const serving = async (name: string, text: string, env: Record<string, string>, use: (urls: readonly string[]) => Promise<void>): Promise<void> => {
  await using home = await makeHome(env);
  await mkdir(home.folder);
  await writeFile(join(home.folder, name), text);
  const running = start(['gateway', 'run'], home.env);
  try {
    await running.until('Try it:');
    await use(/URL +(.+)/.exec(running.said().out)?.[1]?.split(' and ') ?? []);
  } finally {
    running.child.kill('SIGTERM');
    await running.ended;
  }
};

const status = (url: string, token?: string) => connect({ baseUrl: url, token }).call(getStatus, {});

describe('where it listens', () => {
  verifies('s0.port', async () => {
    expect((await settingsOf('{}')).gateway).toMatchObject({ port: 18_789, host: '127.0.0.1' });
    const port = await freePort();
    await serving('openclaw.json', `{ gateway: { port: ${port} }, api: { port: null } }`, {}, async (urls) => expect(urls).toEqual([`http://127.0.0.1:${port}`]));
  });

  verifies('s0.available', async () => {
    const port = await freePort();
    await serving('openclaw.json', `{ gateway: { port: ${port}, token: "your-secret-token" }, api: { enabled: false } }`, {}, async () => {
      expect(await status(`http://localhost:${port}`, 'your-secret-token')).toMatchObject({ ok: true, agent: 'main' });
    });
  });

  verifies('s1.host', async () => expect((await settingsOf('{"gateway": {"host": "127.0.0.1", "port": 18789}}')).gateway).toMatchObject({ host: '127.0.0.1', port: 18_789 }));

  verifies('s1.bind', async () => {
    const { gateway } = await settingsOf('{"gateway": {"bind": "loopback", "trustedProxies": ["127.0.0.1"], "auth": {"mode": "token"}}}');
    expect(gateway).toMatchObject({ host: '127.0.0.1', trustedProxies: ['127.0.0.1'], authRequired: true });
  });

  verifies('s1.open-door', async () => {
    await expect(settingsOf('{"gateway": {"host": "0.0.0.0", "auth": {"enabled": false}}}')).rejects.toThrow(/gateway\.auth\.enabled/);
    await expect(settingsOf('{"gateway": {"bind": "lan", "auth": {"enabled": false}}}')).rejects.toThrow(/gateway\.auth\.enabled/);
    expect((await settingsOf('{"gateway": {"host": "0.0.0.0"}}')).gateway.authRequired).toBe(true);
    expect((await settingsOf('{"gateway": {"auth": {"enabled": false}}}')).gateway.authRequired).toBe(false);
  });

  verifies('s2.api-block', async () => {
    const block = '{"api": {"enabled": true, "port": 3000, "prefix": "/api/v1", "authentication": "bearer", "cors": {"origins": ["https://your-dashboard.com"], "methods": ["GET", "POST", "PATCH", "DELETE"]}, "keys": [{"key": "${API_KEY_1}", "label": "My Application", "workspaces": ["team", "admins"], "rateLimit": 100}]}}';
    const keys = [{ key: 'of-the-environment', label: 'My Application', workspaces: ['team', 'admins'], permissions: [...KEY_PERMISSIONS], addresses: [], rateLimit: 100 }];
    expect((await settingsOf(block, 'openclaw.json', { API_KEY_1: 'of-the-environment' })).api).toEqual({ port: 3000, cors: { origins: ['https://your-dashboard.com'], methods: ['GET', 'POST', 'PATCH', 'DELETE'] }, keys });
    expect((await settingsOf('{"api": {"enabled": false}}')).api.port).toBeNull();
  });

  verifies('s4.port', async () => expect((await settingsOf('{}')).api.port).toBe(3000));

  verifies('s2.same-routes', async () => {
    const [port, second] = [await freePort(), await freePort()];
    await serving('openclaw.json', `{ gateway: { port: ${port}, token: "your-api-key" }, api: { port: ${second} } }`, {}, async (urls) => {
      expect(urls).toEqual([`http://127.0.0.1:${port}`, `http://127.0.0.1:${second}`]);
      for (const url of urls) {
        expect(await status(url, 'your-api-key')).toMatchObject({ ok: true });
        await expect(status(url)).rejects.toMatchObject({ code: 'auth_required' });
        expect((await fetch(`${url}/readyz`)).status).toBe(200);
      }
    });
  });

  verifies('s3.yml', async () => {
    const port = await freePort();
    await serving('openclaw.yml', `# openclaw.yml\ngateway:\n  token: "your-secret-gateway-token-here"\n  port: ${port}\n`, {}, async ([url = '']) => {
      expect(url).toBe(`http://127.0.0.1:${port}`);
      expect(await status(url, 'your-secret-gateway-token-here')).toMatchObject({ ok: true });
    });
    // As printed there: the port of the API is the gateway's own, and one listener serves both.
    expect(await settingsOf('gateway:\n  token: "your-secret-gateway-token-here"\n  port: 3000\n', 'openclaw.yml')).toMatchObject({ gateway: { port: 3000 }, api: { port: null } });
  });
});

describe('what is taken from the environment', () => {
  const s1 = '{"gateway": {"host": "127.0.0.1", "port": 18789, "auth": {"enabled": true, "mode": "token", "token": "${OPENCLAW_AUTH_TOKEN}"}}}';

  verifies('s1.auth', async () => {
    expect((await settingsOf(s1, 'openclaw.json', { OPENCLAW_AUTH_TOKEN: 'secret-1' })).gateway).toMatchObject({ authRequired: true, token: 'secret-1' });
    await expect(settingsOf('{"gateway": {"auth": {"mode": "password"}}}')).rejects.toThrow(/gateway\.auth\.mode/);
  });

  verifies('s1.variable', async () => {
    await expect(settingsOf(s1)).rejects.toThrow(/OPENCLAW_AUTH_TOKEN/);
    const port = await freePort();
    await serving('openclaw.json', s1.replace('18789', String(port)), { OPENCLAW_AUTH_TOKEN: 'secret-2' }, async () => {
      expect(await status(`http://127.0.0.1:${port}`, 'secret-2')).toMatchObject({ ok: true });
    });
  });

  verifies('s1.env-token', async () => {
    await using gateway = await startGateway({ env: { OPENCLAW_AUTH_TOKEN: 'secret-3' } });
    expect(await status(gateway.url, 'secret-3')).toMatchObject({ ok: true });
    await expect(status(gateway.url, 'secret-4')).rejects.toMatchObject({ code: 'auth_invalid' });
  });

  verifies('s2.variable', async () => {
    const config = '{"models": {"providers": {"anthropic": {"apiKey": "${API_KEY_1}"}}}}';
    expect((await settingsOf(config, 'openclaw.json', { API_KEY_1: 'sk-1' })).models.providers['anthropic']).toMatchObject({ apiKeys: ['sk-1'] });
    await expect(settingsOf(config)).rejects.toThrow(/API_KEY_1/);
  });
});
