/**
 * Everything that can be asked, by everyone, every way: made from the contract, the dialects and the permissions, so that what is added
 * to any of them is looked at too.
 */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCredential, KEY_PERMISSIONS, type NewCredential, OPERATIONS, type Permission, PERMISSIONS, type RequestOf, revokeCredential, SCOPE_PERMISSIONS, SCOPES, sendMessage } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialects } from '../../packages/gateway/src/app/plugins.gen.ts';
import { verifies } from '../requirements/verifies.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openSocket } from '../support/socket-client.ts';

interface Principal {
  readonly name: string;
  readonly secret: string | undefined;
  /** Undefined: no credential that holds. */
  readonly permissions: ReadonlySet<Permission> | undefined;
}

let gateway: TestGateway;
let principals: readonly Principal[];
let elsewhere: NewCredential;

const create = (over: Partial<RequestOf<typeof createCredential>>): Promise<NewCredential> =>
  gateway.client.call(createCredential, { kind: 'api-key', name: `key ${Math.random()}`, ...over });

beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }) });
  await gateway.client.call(sendMessage, { text: 'Hi', session: 'private' });
  const holder = (name: string, { secret }: NewCredential, permissions: readonly Permission[]): Principal => ({ name, secret, permissions: new Set<Permission>([...permissions, 'status:read']) });
  const grantable = PERMISSIONS.filter((permission) => permission !== 'gateway:admin');
  const expired = await create({ expiresAt: new Date(Date.now() + 300).toISOString() });
  const revoked = await create({});
  await gateway.client.call(revokeCredential, { credential: revoked.id });
  elsewhere = await create({ workspaces: ['elsewhere'], permissions: grantable });
  principals = [
    { name: 'nobody', secret: undefined, permissions: undefined },
    { name: 'a malformed secret', secret: 'oclaw_live_nonsense', permissions: undefined },
    { name: 'an expired key', secret: expired.secret, permissions: undefined },
    { name: 'a revoked key', secret: revoked.secret, permissions: undefined },
    { name: 'the gateway token', secret: gateway.token, permissions: new Set(PERMISSIONS) },
    holder('a usual key', await create({}), KEY_PERMISSIONS),
    holder('a key of another workspace', elsewhere, grantable),
    ...(await Promise.all(SCOPES.map(async (scope) => holder(`a token of scope ${scope}`, await create({ kind: 'token', scope }), SCOPE_PERMISSIONS[scope])))),
    ...(await Promise.all(grantable.map(async (permission) => holder(`a key with ${permission}`, await create({ permissions: [permission] }), [permission])))),
  ];
  await sleep(400);
});
afterAll(() => gateway[Symbol.asyncDispose]());

let visits = 0;
/** From another address each time: an address that shows many wrong credentials is not heard any more. */
const address = (): string => {
  visits++;
  return `127.${20 + Math.floor(visits / 60_000)}.${Math.floor(visits / 250) % 250}.${(visits % 250) + 1}`;
};

const ask = async (secret: string | undefined, method: string, path: string, body?: string): Promise<number> => {
  const asking = request(gateway.url + path, {
    method, localAddress: address(), headers: { ...(secret !== undefined && { authorization: `Bearer ${secret}` }), ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }) },
  });
  asking.end(body);
  // The only thing this event carries.
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode ?? 0;
};

const NONSENSE = '{"nonsense":1}';
/** One place in a path each: what is asked for does not exist, so that nothing is changed by asking. */
const concrete = (path: string): string => path.replace(/:\w+/g, 'nowhere');

const routes = dialects.flatMap(({ name, routes: own }) =>
  own.map(({ method, path, operation }) => ({ dialect: name, method, path, operation })),
);
const frames = dialects.flatMap(({ frames: own = [] }) => own).flatMap(({ type, operation }) => (typeof operation === 'function' ? [] : [{ type, operation }]));

const expectedOf = ({ permissions }: Principal, permission: Permission): 'unknown' | 'refused' | 'let in' => {
  if (!permissions) return 'unknown';
  return permissions.has(permission) ? 'let in' : 'refused';
};
const outcomeOf = (status: number): string => (status === 401 ? 'unknown' : status === 403 ? 'refused' : status >= 500 || status === 429 ? `answered ${status}` : 'let in');

describe('who may do what', () => {
  verifies('s2.permissions', async () => {
    const deviations: string[] = [];
    let cells = 0;
    for (const principal of principals) {
      await Promise.all(
        routes.map(async ({ method, path, operation }) => {
          const status = await ask(principal.secret, method, concrete(path), method === 'GET' || method === 'DELETE' ? undefined : NONSENSE);
          cells++;
          const [expected, outcome] = [expectedOf(principal, operation.permission), outcomeOf(status)];
          // A workspace of somebody else that is named outright is refused; `nowhere` is one.
          if (outcome !== expected) deviations.push(`${principal.name}: ${method} ${path} is ${outcome}, not ${expected}`);
        }),
      );
    }
    expect(deviations).toEqual([]);
    expect(cells).toBe(principals.length * routes.length);
  });

  test('on a socket it is the same', async () => {
    const deviations: string[] = [];
    let cells = 0;
    for (const principal of principals) {
      const socket = await openSocket(gateway.url, { token: principal.secret, localAddress: address() });
      if (principal.permissions === undefined) {
        socket.send({ type: 'call', operation: 'status.get' });
        const { payload } = await socket.next(({ type }) => type === 'error');
        if (!String(payload?.['code']).startsWith('AUTH_')) deviations.push(`${principal.name} is told ${JSON.stringify(payload)}`);
        expect([principal.name, (await socket.closed).code, socket.frames.length]).toEqual([principal.name, 4401, 1]);
        cells += OPERATIONS.length + frames.length;
        continue;
      }
      const told = async (frame: Record<string, unknown>): Promise<string> => {
        const answer = await socket.ask(frame);
        const code = answer.type === 'error' ? String(answer.payload?.['code'] ?? answer['code']) : '';
        return code === 'FORBIDDEN' ? 'refused' : code === 'INTERNAL' ? 'broken' : 'let in';
      };
      for (const { name, permission } of OPERATIONS) {
        cells++;
        const outcome = await told({ type: 'call', operation: name, input: { nonsense: 1 } });
        if (outcome !== expectedOf(principal, permission)) deviations.push(`${principal.name}: a call frame for ${name} is ${outcome}`);
      }
      for (const { type, operation } of frames) {
        cells++;
        const outcome = await told({ type, payload: { text: '' }, content: '' });
        if (outcome !== expectedOf(principal, operation.permission)) deviations.push(`${principal.name}: a frame ${type} is ${outcome}`);
      }
      await socket[Symbol.asyncDispose]();
    }
    expect(deviations).toEqual([]);
    expect(cells + principals.length * routes.length).toBeGreaterThanOrEqual(2_000);
  }, 60_000);

  test('what stands in another workspace is not there, whatever is asked of it', async () => {
    const told: string[] = [];
    for (const { method, path } of routes.filter(({ path: one }) => /sessions\/:/.test(one))) {
      const body = method === 'POST' ? '{"message":"Hi"}' : undefined;
      told.push(`${method} ${path} ${await ask(elsewhere.secret, method, path.replace(/:\w+/, 'agent:main:private'), body)}`);
    }
    expect(told.length).toBeGreaterThan(5);
    expect(told.filter((line) => !line.endsWith(' 404'))).toEqual([]);
    for (const { name, input } of OPERATIONS) {
      if (!('shape' in input) || !(input.shape instanceof Object) || !('session' in input.shape)) continue;
      const body = JSON.stringify({ session: 'agent:main:private', ...('text' in input.shape && { text: 'Hi' }) });
      expect([name, await ask(elsewhere.secret, 'POST', `/api/native/${name}`, body)]).toEqual([name, 404]);
    }
  });
});
