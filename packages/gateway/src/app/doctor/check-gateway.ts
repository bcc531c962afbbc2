import { createServer } from 'node:net';
import { answers } from '@openclaw/client/over-http';
import { type Check, error, type Noted, ok, warn } from './scene.ts';

export const checkGateway: Check = async ({ gateway: { running, left } }) => {
  if (running === undefined) {
    const message = left === undefined ? 'not running' : `not running; the one that was process ${left} was killed, or the machine went down under it (nothing is lost: the next start goes on)`;
    return [warn('Gateway', message, 'openclaw gateway start')];
  }
  const { url, pid } = running;
  if (await answers(url, '/readyz')) return [ok('Gateway', `ready at ${url}, process ${pid}`)];
  return [error('Gateway', `process ${pid} runs, but is not ready at ${url}`, 'openclaw logs --level warn tells why; then: openclaw gateway restart --force')];
};

/** A gateway that runs has its ports; one that does not must be able to take them. */
export const checkPorts: Check = async ({ loaded, gateway: { running } }) => {
  if (loaded === undefined) return [];
  const { gateway, api } = loaded.settings;
  if (running !== undefined) return [ok('Port', `${new URL(running.url).port} is the running gateway's`)];
  const [main, second] = await Promise.all([whyNot(gateway.host, gateway.port), api.port === null ? undefined : whyNot(gateway.host, api.port)]);
  const ports = api.port === null ? `${gateway.port}` : `${gateway.port} and ${api.port}`;
  const findings: readonly Noted[] = [
    ...(main === undefined ? [] : [error('Port', `port ${gateway.port} on ${gateway.host} ${main}`, 'stop that program, or: openclaw config set gateway.port <another>')]),
    ...(second === undefined ? [] : [warn('Port', `the second port ${api.port} ${second}; the gateway goes on without it`, 'openclaw config set api.port <another>, or null for none')]),
  ];
  return findings.length > 0 ? findings : [ok('Port', `${ports} ${api.port === null ? 'is' : 'are'} free`)];
};

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'cannot be opened: this machine does not have that address',
  ENOTFOUND: 'cannot be opened: no address is known for that name',
};

/** Undefined where a server can listen there. */
const whyNot = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (thrown: NodeJS.ErrnoException) => resolve(REASONS[thrown.code ?? ''] ?? `cannot be opened: ${thrown.message}`));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
