/** The same question asked of a gateway by its REST routes or by the native client, and its answer in one form. */
import { randomInt } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from '@openclaw/client';
import { GatewayError, type Operation, OPERATIONS } from '@openclaw/contract';

type Fields = Readonly<Record<string, unknown>>;
export type Way = 'native' | 'rest';

export interface Answer {
  /** `ok`, or the code of the refusal. */
  readonly code: string;
  readonly body: Fields;
}

export interface Asked {
  readonly way: Way;
  readonly token: string;
  readonly key?: string | undefined;
}

const query = (fields: Fields): string => {
  const given = Object.entries(fields).flatMap(([name, value]) => (typeof value === 'string' || typeof value === 'number' ? [`${name}=${encodeURIComponent(value)}`] : []));
  return given.length === 0 ? '' : `?${given.join('&')}`;
};

/** Operations by their documented routes. */
const ROUTES: Readonly<Record<string, (input: Fields) => readonly [method: string, path: string, body?: Fields]>> = {
  'workspaces.create': (input) => ['POST', '/api/v1/workspaces', input],
  'workspaces.get': ({ id }) => ['GET', `/api/v1/workspaces/${String(id)}`],
  'workspaces.list': (input) => ['GET', `/api/v1/workspaces${query(input)}`],
  'workspaces.update': ({ id, ...rest }) => ['PATCH', `/api/v1/workspaces/${String(id)}`, rest],
  'workspaces.allowlist': ({ id, ...rest }) => ['PATCH', `/api/v1/workspaces/${String(id)}/allowlist`, rest],
  'workspaces.delete': ({ id }) => ['DELETE', `/api/v1/workspaces/${String(id)}`],
  'sessions.create': ({ label, workspace, userId }) => ['POST', '/api/sessions', { label, workspace, userId, target: 'isolated' }],
  'sessions.get': ({ session }) => ['GET', `/api/v1/sessions/${String(session)}`],
  'sessions.list': (input) => ['GET', `/api/v1/sessions${query(input)}`],
  'sessions.history': ({ session, ...rest }) => ['GET', `/api/v1/sessions/${String(session)}/history${query(rest)}`],
  'sessions.delete': ({ session }) => ['DELETE', `/api/v1/sessions/${String(session)}`],
  'sessions.clear': (input) => ['DELETE', `/api/v1/sessions${query(input)}`],
  'messages.send': ({ session, text, workspace, userId }) => ['POST', '/api/v1/messages', { sessionId: session, message: text, workspace, userId }],
  'tasks.create': (input) => ['POST', '/api/v1/tasks', input],
  'tasks.get': ({ task }) => ['GET', `/api/v1/tasks/${String(task)}`],
  'tasks.result': ({ task }) => ['GET', `/api/v1/tasks/${String(task)}/result`],
  'tasks.list': (input) => ['GET', `/api/v1/tasks${query(input)}`],
  'tasks.cancel': ({ task }) => ['POST', `/api/v1/tasks/${String(task)}/cancel`],
  'tasks.delete': ({ task }) => ['DELETE', `/api/v1/tasks/${String(task)}`],
};

const operation = (name: string): Operation => {
  const found = OPERATIONS.find((one) => one.name === name);
  if (!found) throw new Error(`there is no operation ${name}`);
  return found;
};

export const ask = async (url: string, name: string, input: Fields, asked: Asked): Promise<Answer> => {
  const route = asked.way === 'rest' ? ROUTES[name]?.(input) : undefined;
  return route ? byRoute(url, route, asked) : natively(url, name, input, asked);
};

const byRoute = async (url: string, [method, path, body]: readonly [string, string, Fields?], { token, key }: Asked): Promise<Answer> => {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(key !== undefined && { 'idempotency-key': key }), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  // Every answer of these routes is an object; a refusal names its code.
  const answer = (await response.json()) as Fields & { readonly error?: { readonly code: string } };
  if (response.status >= 500) throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return { code: response.ok ? 'ok' : (answer.error?.code ?? `status ${response.status}`), body: answer };
};

const natively = async (url: string, name: string, input: Fields, { token, key }: Asked): Promise<Answer> => {
  try {
    const output: unknown = await connect({ baseUrl: url, token }).call(operation(name), input, key === undefined ? {} : { idempotencyKey: key });
    // Every operation's output is an object.
    return { code: 'ok', body: output as Fields };
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code !== 'internal') return { code: thrown.code, body: { message: thrown.message } };
    throw thrown;
  }
};

/** Shows a credential from an address nobody else has: wrong ones are counted by address. */
export const statusWith = (url: string, token: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const localAddress = `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    const request = httpRequest(`${url}/api/v1/health`, { localAddress, agent: false, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    request.once('error', reject).end();
  });
