import { once } from 'node:events';
import { createServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { ask } from '../../packages/gateway/src/drivers/channels/kit/ask.ts';
import { dial } from '../../packages/gateway/src/drivers/channels/kit/dial.ts';
import { openJsonSocket } from '../../packages/gateway/src/drivers/channels/kit/json-socket.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { type Credentials, makeAuthority, selfSigned } from '../support/certificate.ts';
import { failureOf } from '../support/open-adapter.ts';

const DAY = 86_400_000;
const authority = makeAuthority('Whom everybody trusts');
const trusted = getCACertificates('default');
const http = openHttpClient();
const { signal } = new AbortController();

beforeAll(() => setDefaultCACertificates([...trusted, authority.cert]));
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await http.close();
});

const serve = async (credentials: Credentials) => {
  const asked: string[] = [];
  const server = createServer(credentials, (request, response) => {
    asked.push(request.url ?? '');
    response.end('{}');
  });
  server.on('upgrade', (request, socket) => {
    asked.push(request.url ?? '');
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked, port: portOf(server),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const endOf = (url: string): Promise<string> =>
  new Promise((resolve) => {
    openJsonSocket({ url, home: { hosts: /^$/, configured: url.replace('wss', 'https') }, heard: () => {}, ended: ({ reason }) => resolve(reason) });
  });

test.each<[string, Credentials, string, RegExp]>([
  ['that nobody signed', selfSigned({ host: 'localhost' }), 'DEPTH_ZERO_SELF_SIGNED_CERT', /self-signed/],
  ['that has expired', authority.certify({ host: 'localhost', from: new Date(Date.now() - 9 * DAY), to: new Date(Date.now() - DAY) }), 'CERT_HAS_EXPIRED', /expired/],
  ["that is another host's", authority.certify({ host: 'other.example' }), 'ERR_TLS_CERT_ALTNAME_INVALID', /altnames/],
])('a service with a certificate %s is told nothing, by whichever wire', async (_, credentials, code, words) => {
  await using server = await serve(credentials);
  const failure = await failureOf(ask(http, { service: 'It', url: `https://localhost:${server.port}/token`, method: 'GET', signal, mask: (text) => text }));
  expect(failure.message).toMatch(words);
  expect(await endOf(`wss://localhost:${server.port}/token`)).toMatch(words);
  expect(await failureOf(dial({ host: 'localhost', port: server.port, tls: true }, signal))).toMatchObject({ kind: 'permanent', message: `localhost:${server.port} could not be reached: ${code}` });
  expect(server.asked).toEqual([]);
});

test('one with a good certificate is', async () => {
  await using server = await serve(authority.certify({ host: 'localhost' }));
  expect((await ask(http, { service: 'It', url: `https://localhost:${server.port}/a`, method: 'GET', signal, mask: (text) => text })).status).toBe(200);
  await endOf(`wss://localhost:${server.port}/b`);
  (await dial({ host: 'localhost', port: server.port, tls: true }, signal)).destroy();
  expect(server.asked).toEqual(['/a', '/b']);
});
