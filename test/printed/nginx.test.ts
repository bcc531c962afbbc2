/** The gateway behind the printed nginx configuration, with the printed configuration of its own. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../cli/program.ts';
import { needs } from '../support/debian.ts';
import type { TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed, printedJson } from './printed.ts';

const HOST = 'agent.example.com';
/** Not where nginx is: the address by which the gateway should know the client. */
const CLIENT = '127.0.0.2';

const missing = await needs('nginx', 'openssl');
describe.skipIf(missing)(`behind nginx${missing}`, () => {
  let gateway: TestGateway;
  let desk: Desk;
  let port: number;
  let limitedPort: number;

  beforeAll(async () => {
    [gateway, desk, port, limitedPort] = await Promise.all([
      startClaudeGateway({ config: { ...printedJson('s1-trusted-proxies.jsonc'), ...printedJson('s1-ingress.jsonc') }, script: ({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}` }) }),
      makeDesk(),
      freePort(),
      freePort(),
    ]);
    const [key, certificate] = [join(desk.folder, 'privkey.pem'), join(desk.folder, 'fullchain.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${HOST}`, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const sites = printed('s1-nginx.conf', {
      '127.0.0.1:18789': new URL(gateway.url).host,
      'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
      '/etc/letsencrypt/live/agent.example.com/fullchain.pem': certificate,
      '/etc/letsencrypt/live/agent.example.com/privkey.pem': key,
    });
    // What is printed for a rate goes into the place for webhooks that is printed before it; its zone stands beside the servers.
    const [, zone = '', place = '', rate = ''] = /^(limit_req_zone.*)\n\n(location \/webhook\/ \{\n(.*)\n[^]*)/.exec(printed('s1-limit-req.conf')) ?? [];
    const [webhooks = ''] = /location \/webhook\/ \{[^]*?\}/.exec(sites) ?? [];
    expect(place).toContain('proxy_pass http://openclaw;');
    const limited = `${zone}\nserver {\nlisten 127.0.0.1:${limitedPort};\n${webhooks.replace('{', `{\n${rate}`)}\n}`;
    await mkdir(join(desk.folder, 'logs'));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${desk.folder}/${what};`).join('\n');
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    const config = await desk.write('nginx.conf', `${user}\nworker_processes 1;\npid nginx.pid;\nevents {}\nhttp {\n${paths}\naccess_log off;\n${sites}\n${limited}\n}\n`);
    const nginx = desk.run('nginx', ['-p', desk.folder, '-c', config, '-e', 'stderr', '-g', 'daemon off;'], { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` });
    for (let tries = 0; !(await reachable(port)); tries++) {
      if (tries > 100) throw new Error(`nginx did not start: ${nginx.said().err}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  const reachable = (at: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connectTcp(at, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });

  const connect = (path: string, headers: Readonly<Record<string, string>> = {}): WebSocket =>
    new WebSocket(`wss://127.0.0.1:${port}${path}`, { rejectUnauthorized: false, localAddress: CLIENT, headers: { host: HOST, ...headers } });

  const post = (path: string, headers: Readonly<Record<string, string>> = {}, body = '{}'): Promise<{ readonly status: number | undefined; readonly type: string | undefined; readonly text: string }> =>
    new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port, path, method: 'POST', rejectUnauthorized: false, servername: HOST, localAddress: CLIENT, headers: { host: HOST, 'content-type': 'application/json', ...headers } },
        (response) => {
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], text }));
        },
      );
      asked.on('error', reject).end(body);
    });

  const logged = (message: string) => gateway.logged.filter((line) => line.message === message).map(({ fields }) => fields);

  verifies('s1.nginx', async () => {
    const socket = connect(`/ws?token=${gateway.token}`);
    await once(socket, 'open');
    socket.send(printed('s1-chat.jsonc'));
    const [data] = (await once(socket, 'message')) as [Buffer]; // text frames come as one buffer
    expect(JSON.parse(data.toString())).toMatchObject({ type: 'response', id: 'msg-001', payload: { text: expect.stringContaining('deployment') } });
    socket.close();
    // Webhooks reach the gateway, and their words the agent.
    const webhook = await post('/webhook/deploy-alert', { 'x-webhook-secret': 'your-webhook-secret' }, '{"service":"api-v2","status":"success","commit":"abc123"}');
    expect(webhook).toMatchObject({ status: 200, type: 'application/json; charset=utf-8' });
    expect(JSON.parse(webhook.text)).toMatchObject({ ok: true, accepted: true, sessionKey: 'agent:main:webhook-deploy-alert' });
    expect((await gateway.client.call(sessionHistory, { session: 'webhook-deploy-alert' })).messages[0]?.text).toBe('Deployment completed: api-v2 is now success (commit abc123)');
    const unsigned = await post('/webhook/deploy-alert');
    expect([unsigned.status, JSON.parse(unsigned.text)]).toMatchObject([401, { error: { code: 'WEBHOOK_INVALID' } }]);
    // Everything else ends at nginx, with the right token too.
    const before = gateway.logged.length;
    for (const path of ['/api/status', '/api/sessions/main/messages', '/', '/readyz']) {
      const other = await post(path, { authorization: `Bearer ${gateway.token}` });
      expect(other).toMatchObject({ status: 404, text: expect.stringContaining('nginx') });
    }
    expect(gateway.logged.slice(before).filter(({ message }) => message === 'request')).toEqual([]);
  });

  verifies('s1.trusted-proxies', async () => {
    const socket = connect(`/ws?token=${gateway.token}`, { 'x-forwarded-for': '203.0.113.9' });
    await once(socket, 'open');
    socket.close();
    // What the client wrote there itself is not believed.
    expect(logged('socket opened').at(-1)).toMatchObject({ from: CLIENT });
    // Without the setting nobody's header is.
    await using untrusting = await startClaudeGateway();
    await untrusting.request('/api/status', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(untrusting.logged.findLast(({ message }) => message === 'request')?.fields).toMatchObject({ from: '127.0.0.1' });
  });

  verifies('s1.nginx-limit', async () => {
    // Ten a second, and twenty at once beyond that: of sixty at once most end at nginx.
    const ask = () =>
      fetch(`http://127.0.0.1:${limitedPort}/webhook/error-alert`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-webhook-secret': 'your-webhook-secret' }, body: '{}' });
    const statuses = (await Promise.all(Array.from({ length: 60 }, ask))).map(({ status }) => status);
    const taken = statuses.filter((status) => status === 200).length;
    expect(taken).toBeGreaterThanOrEqual(21);
    expect(taken).toBeLessThan(60);
    expect(statuses.filter((status) => status === 503)).toHaveLength(60 - taken);
  });

  verifies('s1.access-log', async () => {
    await post('/webhook/deploy-alert', { 'x-webhook-secret': 'your-webhook-secret' });
    await expect.poll(() => logged('request').at(-1)).toMatchObject({ method: 'POST', path: '/webhook/deploy-alert', status: 200, from: CLIENT, requestId: expect.stringMatching(/^req_/) });
    expect(gateway.logged.find(({ message }) => message === 'request')?.level).toBe('info');
    expect(JSON.stringify(gateway.logged)).not.toContain('your-webhook-secret');
    expect(JSON.stringify(gateway.logged)).not.toContain(gateway.token);
  });
});
