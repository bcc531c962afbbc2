import { Agent, request as ask } from 'node:http';
import { getStatus } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditTrail, owner } from '../../packages/gateway/src/engine/access/index.ts';
import { Gateway } from '../../packages/gateway/src/engine/gateway.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { Metrics } from '../../packages/gateway/src/kernel/metrics.ts';
import { type Dialect, route } from '../../packages/gateway/src/surfaces/kit/dialect.ts';
import { createHttpServer } from '../../packages/gateway/src/surfaces/kit/http/server.ts';
import { Doorkeeper } from '../../packages/gateway/src/surfaces/kit/wire/doorkeeper.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const LISTED = ['https://good.com', 'http://localhost:5173'];
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      gateway: { port: 18789, allowedHosts: ['agent.example.com', 'fd00::5'], allowedOrigins: [LISTED[1]] },
      api: { port: null, cors: { origins: [LISTED[0]] } },
    },
  });
});
afterAll(async () => {
  agent.destroy();
  await gateway[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  /** None, one, or several. */
  readonly hosts?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly to?: TestGateway;
}

/** A request of which every header is our own. */
const send = ({ method = 'GET', path = '/api/status', hosts = ['127.0.0.1'], headers = {}, body, to = gateway }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(to.url);
    const own = { authorization: `Bearer ${to.token}`, ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(body.length) }), ...headers };
    const lines = [...hosts.flatMap((host) => ['Host', host]), ...Object.entries(own).flat()];
    const asked = ask({ host: hostname, port, method, path, headers: lines, setHost: false, agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });

const corsOf = ({ headers }: Answer): string[] => Object.keys(headers).filter((name) => name.startsWith('access-control-'));
const codeOf = ({ body }: Answer): string | undefined => /"code":"(\w+)"/.exec(body)?.[1];

const OURS: readonly (readonly string[])[] = [
  ['127.0.0.1'], ['127.0.0.1:18789'], ['localhost'], ['LocalHost:3000'], ['[::1]'], ['[::1]:18789'], ['agent.example.com'], ['AGENT.example.com:443'], ['[fd00::5]:18789'],
];
const OTHERS: readonly (readonly string[])[] = [
  ['127.0.0.1.nip.io'], ['127.0.0.1.nip.io:18789'], ['localhost.'], ['localhost.evil.com'], ['evil.com'], ['evil.com:18789'], ['user@127.0.0.1'], ['user:x@localhost:18789'],
  ['127.0.0.1', 'evil.com'], ['evil.com', '127.0.0.1'], ['localhost', 'localhost'], [], [''], ['agent.example.com.evil.com'], ['xagent.example.com'], ['0.0.0.0'], ['127.0.0.2'],
  ['[::ffff:127.0.0.1]:18789'], ['127.1'], ['::1'], ['127.0.0.1, evil.com'], ['127.0.0.1:'], ['127.0.0.1/x'], ['fd00::5'],
];
const FOREIGN = [
  'null', 'https://evil.com', 'https://good.com.evil.com', 'https://evilgood.com', 'https://good.com:444', 'http://good.com', 'https://GOOD.com', 'https://good.com/', 'https://good.com, https://evil.com',
  'http://localhost:5174', 'http://localhost:5173.evil.com', 'http://localhost:5173@evil.com', 'file://', '*', 'https://*.com',
];

/** What each method is tried on, and what it comes to where nothing stands against it. */
const METHODS = {
  GET: { path: '/api/status', passes: 200 },
  HEAD: { path: '/api/status', passes: 200 },
  POST: { path: '/api/native/status.get', body: '{}', passes: 200 },
  DELETE: { path: '/api/sessions/none', passes: 404 },
  PATCH: { path: '/api/sessions/none', body: '{}', passes: 405 },
  OPTIONS: { path: '/api/sessions/none', headers: { 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'authorization, x-evil' }, passes: 204 },
} as const;

describe.each(Object.entries(METHODS))('%s', (method, { passes, ...asked }) => {
  const changes = ['POST', 'DELETE', 'PATCH'].includes(method);
  const from = (origin: string | undefined) => ({ ...asked, method, headers: { ...('headers' in asked && asked.headers), ...(origin !== undefined && { origin }) } });

  test('of a host that is not ours is refused, whoever asks', async () => {
    const tried = OTHERS.flatMap((hosts) => [undefined, ...LISTED, `http://${hosts[0] ?? ''}`, 'https://evil.com'].map((origin) => ({ hosts, origin })));
    await Promise.all(
      tried.map(async ({ hosts, origin }) => {
        const answer = await send({ ...from(origin), hosts });
        expect(answer.status, `${hosts.join(' and ')} from ${origin}`).toBe(421);
        expect(corsOf(answer)).toEqual([]);
        if (method !== 'HEAD') expect(codeOf(answer)).toBe('wrong_host');
      }),
    );
  });

  test('of a host that is ours goes by whose page asks', async () => {
    const tried = OURS.flatMap((hosts) => {
      const own = [`http://${hosts[0]?.toLowerCase()}`, `https://${hosts[0]?.toLowerCase()}`];
      return [
        ...[undefined, ...own].map((origin) => ({ hosts, origin, whose: 'ours' })),
        ...LISTED.map((origin) => ({ hosts, origin, whose: 'listed' })),
        ...[...FOREIGN, `${own[0]}.evil.com`, `${own[0]}/`, `ws://${hosts[0]}`, `http://127.0.0.1:1`].map((origin) => ({ hosts, origin, whose: 'foreign' })),
      ];
    });
    await Promise.all(
      tried.map(async ({ hosts, origin, whose }) => {
        const answer = await send({ ...from(origin), hosts });
        const refused = whose === 'foreign' && changes;
        expect(answer.status, `${origin} of ${hosts.join()}`).toBe(refused ? 403 : passes);
        if (refused) expect(codeOf(answer)).toBe('forbidden');
        expect(answer.headers['access-control-allow-origin'], `${origin} of ${hosts.join()}`).toBe(whose === 'listed' ? origin : undefined);
        expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
        expect(answer.headers['cross-origin-resource-policy']).toBe(whose === 'listed' ? 'cross-origin' : 'same-origin');
        if (whose === 'listed') expect(answer.headers['vary']).toMatch(/\bOrigin\b/);
        else expect(corsOf(answer)).toEqual([]);
        if (method === 'OPTIONS') expect(answer.headers['allow']).toBe('GET, HEAD, DELETE, OPTIONS');
        if (method === 'OPTIONS' && whose === 'listed') {
          expect(answer.headers['access-control-allow-methods']).toBe('GET, DELETE');
          expect(answer.headers['access-control-allow-headers']).toMatch(/^Authorization, Content-Type, Idempotency-Key/);
          expect(answer.headers['access-control-allow-headers']).not.toMatch(/evil/i);
        }
      }),
    );
  });
});

describe('a listed page', () => {
  const origin = 'https://good.com';
  const sees = (answer: Answer): void => {
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    const exposed = String(answer.headers['access-control-expose-headers']);
    for (const name of ['X-Request-Id', 'Retry-After', 'X-RateLimit-Remaining', 'RateLimit']) expect(exposed).toContain(name);
  };

  test.each<[string, number, Asked]>([
    ['no credential', 401, { headers: { origin, authorization: '' } }],
    ['a wrong path', 404, { path: '/nowhere', headers: { origin } }],
    ['a path that cannot be read', 400, { path: '/%zz', headers: { origin } }],
    ['a preflight of a wrong path', 404, { method: 'OPTIONS', path: '/nowhere', headers: { origin, 'access-control-request-method': 'GET' } }],
    ['a wrong method', 405, { method: 'DELETE', headers: { origin } }],
    ['a wrong body', 400, { method: 'POST', path: '/api/native/status.get', headers: { origin }, body: '{"x":1}' }],
    ['no JSON', 415, { method: 'POST', path: '/api/native/status.get', headers: { origin, 'content-type': 'text/plain' }, body: 'x' }],
    ['too much', 413, { method: 'POST', path: '/api/native/messages.send', headers: { origin }, body: 'x'.repeat(2_200_000) }],
  ])('can read why it was refused: %s', async (_, status, asked) => {
    const answer = await send(asked);
    expect(answer.status).toBe(status);
    sees(answer);
    expect(codeOf(answer)).toBeDefined();
  });

  test('can read a stream', async () => {
    const answer = await send({ method: 'POST', path: '/api/v1/messages/stream', headers: { origin }, body: '{"userId":"u","message":"Hi"}' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(answer.headers['vary']).toBe('Origin');
    sees(answer);
  });

  test('of a foreign page nothing was stored', async () => {
    const before = await gateway.request('/api/sessions/foreign');
    expect(before.status).toBe(404);
    for (const from of FOREIGN) expect((await send({ method: 'POST', path: '/api/sessions/foreign/messages', headers: { origin: from }, body: '{"message":"Hi"}' })).status).toBe(403);
    expect((await gateway.request('/api/sessions/foreign')).status).toBe(404);
  });
});

/** The web server with one path that can be changed, over a door whose room says how it is. */
const serverWith = (corsMethods: readonly string[]) => {
  const metrics = new Metrics();
  const store = { findAnswer: async () => undefined, recordAnswer: async () => {}, audit: async () => {} };
  const gate = new Gateway({ store, audit: new AuditTrail(store, silent), metrics, log: silent });
  const one = (method: 'GET' | 'PATCH' | 'DELETE') => route({ method, path: '/api/thing', operation: getStatus, status: 200, toInput: () => ({}), toReply: (output) => output });
  const dialect: Dialect = { name: 'things', routes: [one('GET'), one('PATCH'), one('DELETE')] };
  return createHttpServer({
    gateway: gate, dialects: [dialect], metrics: () => metrics.text(), ready: async () => {}, isDraining: () => false, log: silent,
    authenticator: { authenticate: () => owner, refresh: () => {} },
    doorkeeper: new Doorkeeper(() => ({ allowedHosts: [], allowedOrigins: LISTED, trustedProxies: [], authRequired: true })),
    corsMethods: () => corsMethods,
  });
};

describe('a preflight', () => {
  const preflight = async (corsMethods: readonly string[], origin: string, method: string) => {
    const app = serverWith(corsMethods);
    const answer = await app.inject({ method: 'OPTIONS', url: '/api/thing', headers: { host: 'localhost', origin, 'access-control-request-method': method } });
    await app.close();
    return answer.headers['access-control-allow-methods'];
  };

  test.each(['PATCH', 'DELETE'])('for %s names what the path takes and the configuration allows', async (method) => {
    expect(await preflight(['GET', 'POST', 'PATCH', 'DELETE'], 'https://good.com', method)).toBe('GET, PATCH, DELETE');
    expect(await preflight(['GET', 'POST'], 'https://good.com', method)).toBe('GET');
    expect(await preflight(['DELETE'], 'https://good.com', method)).toBe('DELETE');
    expect(await preflight(['GET', 'PATCH', 'DELETE'], 'https://evil.com', method)).toBeUndefined();
  });

  test('is none without its header: then OPTIONS only tells what there is', async () => {
    for (const origin of ['https://good.com', 'https://evil.com', undefined]) {
      const answer = await send({ method: 'OPTIONS', headers: origin === undefined ? {} : { origin } });
      expect([answer.status, answer.headers['allow'], answer.headers['access-control-allow-methods']]).toEqual([204, 'GET, HEAD, OPTIONS', undefined]);
    }
    expect((await send({ method: 'OPTIONS', path: '/nowhere' })).status).toBe(404);
  });
});

describe('what else a request says of itself', () => {
  test('a method this path does not take is answered with those it takes', async () => {
    const answer = await send({ method: 'DELETE' });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'method_not_allowed', details: { allow: ['GET', 'HEAD'] } } });
  });

  test('HEAD is GET without the body', async () => {
    const [get, head] = [await send({}), await send({ method: 'HEAD' })];
    expect([head.status, head.body, head.headers['content-type']]).toEqual([200, '', get.headers['content-type']]);
    expect((await send({ method: 'HEAD', headers: { authorization: '' } })).status).toBe(401);
    expect((await send({ method: 'HEAD', path: '/nowhere' })).status).toBe(404);
  });

  test.each(['a', 'req-1.2:3_x', 'x'.repeat(100)])('its id %s comes back', async (id) => {
    expect((await send({ headers: { 'x-request-id': id } })).headers['x-request-id']).toBe(id);
  });

  test.each(['', 'x'.repeat(101), 'a b', 'a"b', '<script>', 'a,b', 'é', '../x', '${jndi:x}'])('the id %j is replaced', async (id) => {
    expect((await send({ headers: { 'x-request-id': id } })).headers['x-request-id']).toMatch(/^req_\w+$/);
  });

  test('an id comes with what cannot be routed, too, and with what keeps browsers out', async () => {
    const { headers } = await send({ path: '/%zz', headers: { 'x-request-id': 'mine' } });
    expect(headers).toMatchObject({ 'x-request-id': 'mine', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect((await send({ path: '/%zz', hosts: ['evil.com'] })).status).toBe(421);
  });

  test('what it says was forwarded is not believed', async () => {
    const claims = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': '127.0.0.1', 'x-forwarded-proto': 'https', 'x-real-ip': '203.0.113.9', 'forwarded': 'for=203.0.113.9;host=localhost', 'x-original-url': '/healthz' };
    expect((await send({ hosts: ['evil.com'], headers: claims })).status).toBe(421);
    expect((await send({ headers: claims })).status).toBe(200);
    expect(JSON.stringify(gateway.logged)).not.toContain('203.0.113.9');
  });
});

describe('behind a proxy of ours', () => {
  const proxied = (auth: object) => startGateway({ config: { gateway: { port: 18789, trustedProxies: ['127.0.0.1'], ...auth } } });
  const through = { 'x-forwarded-for': '203.0.113.9' };

  test('any host passes, and the client is who the proxy says it is', async () => {
    await using behind = await proxied({});
    expect((await send({ to: behind, hosts: ['agent.evil.com'], headers: through })).status).toBe(200);
    expect(behind.logged.find(({ message }) => message === 'request')?.fields['from']).toBe('203.0.113.9');
    // Its pages are ours then, others are not; and of two hosts none counts.
    expect((await send({ to: behind, method: 'POST', path: '/api/native/status.get', hosts: ['chat.example.org'], headers: { ...through, origin: 'https://chat.example.org' }, body: '{}' })).status).toBe(200);
    expect((await send({ to: behind, method: 'POST', path: '/api/native/status.get', hosts: ['chat.example.org'], headers: { ...through, origin: 'https://evil.com' }, body: '{}' })).status).toBe(403);
    expect((await send({ to: behind, hosts: ['a.com', 'b.com'], headers: through })).status).toBe(421);
    expect((await send({ to: behind, hosts: ['agent.evil.com'] })).status).toBe(421);
  });

  test('without authentication it does not: a page on this machine could pose as the proxy', async () => {
    await using behind = await proxied({ auth: { enabled: false } });
    expect((await send({ to: behind, hosts: ['agent.evil.com'], headers: through })).status).toBe(421);
    expect((await send({ to: behind, headers: through })).status).toBe(200);
  });
});
