import type { IncomingMessage } from 'node:http';
import type { Answer, Ask } from './index.ts';

/**
 * What `fetch` does for this client, by Node's own HTTP: a command line that lives for a tenth of a second would spend half of it
 * on loading fetch (80 ms against 25). Follows no redirect, so that a credential goes where it was meant to go.
 */
export const overHttp: Ask = (url, { method, headers, body, signal }) => {
  // Not `import`: naming all that the module exports would load fetch after all (its WebSocket is made of the same parts).
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  return new Promise<Answer>((resolve, reject) => {
    const asking = request(url, { method, headers, ...(signal && { signal }) }, (message) => resolve(toAnswer(message)));
    asking.on('error', reject);
    asking.end(body);
  });
};

const toAnswer = (message: IncomingMessage): Answer => {
  const status = message.statusCode ?? 0;
  return { ok: status >= 200 && status < 300, status, body: message, json: async () => JSON.parse(await textOf(message)) as unknown };
};

const textOf = async (message: IncomingMessage): Promise<string> => {
  message.setEncoding('utf8');
  let text = '';
  for await (const part of message) text += String(part);
  return text;
};

const PROBE_MS = 2_000;

/** Whether a gateway says at this address that it lives (`/healthz`), or that it takes work (`/readyz`). */
export const answers = async (baseUrl: string, path: '/healthz' | '/readyz'): Promise<boolean> => {
  try {
    const answer = await overHttp(`${baseUrl}${path}`, { method: 'GET', headers: {}, signal: AbortSignal.timeout(PROBE_MS) });
    const body = await answer.json();
    return answer.ok && typeof body === 'object' && body !== null && 'ok' in body && body.ok === true;
  } catch {
    return false;
  }
};
