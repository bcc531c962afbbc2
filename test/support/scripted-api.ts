/**
 * A server that answers as a test scripts it, for what a real gateway does not do when asked: be starting, be busy, be slow, be cut off.
 *
 *   await using api = await startScriptedApi(({ path }, count) => (count === 1 ? { status: 503 } : { json: { ok: true } }));
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as ask, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { portOf } from '../../packages/gateway/src/app/listen.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Instead of JSON. */
  readonly text?: string;
  /** The connection is cut after this: after the whole text of `text`, or before any answer. */
  readonly cut?: boolean;
  /** The answer stays open after `text`, until the client leaves. */
  readonly open?: boolean;
  readonly delayMs?: number;
  /** The address of a server that answers instead. */
  readonly forward?: string;
  /** What is forwarded is cut off after so many bytes. */
  readonly cutAfter?: number;
}

export type ApiScript = (asked: Asked, count: number) => ScriptedAnswer | Promise<ScriptedAnswer>;

export interface ScriptedApi extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** How many answers that stay open were left by their client. */
  left(): number;
}

export const startScriptedApi = async (script: ApiScript): Promise<ScriptedApi> => {
  const asked: Asked[] = [];
  let left = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const { text, ...one } = await read(request);
      const answer = await script(one, asked.push(one));
      if (answer.open) response.on('close', () => left++);
      if (answer.forward === undefined) await give(answer, response);
      else forward(request, text, answer.forward, answer.cutAfter, response);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    asked,
    left: () => left,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const read = async (request: IncomingMessage): Promise<Asked & { readonly text: string }> => {
  const text = Buffer.concat(await request.toArray()).toString();
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  return { method: request.method ?? '', path: pathname, query: Object.fromEntries(searchParams), headers: request.headers, body: text === '' ? undefined : JSON.parse(text), text };
};

const forward = ({ method, url, headers }: IncomingMessage, text: string, to: string, cutAfter: number | undefined, response: ServerResponse): void => {
  let passed = 0;
  const on = ask(to + (url ?? '/'), { method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('data', (chunk: Buffer) => {
      response.write(chunk);
      passed += chunk.length;
      if (cutAfter !== undefined && passed >= cutAfter) response.destroy();
    });
    answer.on('end', () => response.end());
    answer.on('error', () => response.destroy());
  });
  on.on('error', () => response.destroy());
  response.on('close', () => on.destroy());
  on.end(text);
};

const give = async ({ status = 200, headers = {}, json, text = JSON.stringify(json ?? {}), cut, open, delayMs }: ScriptedAnswer, response: ServerResponse): Promise<void> => {
  if (delayMs !== undefined) await pause(delayMs);
  if (cut && json === undefined && text === '{}') return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (open) return void response.write(text);
  if (!cut) return void response.end(text);
  response.write(text, () => response.destroy());
};

/** Server-sent events, each with an id where it has one. */
export const sse = (...events: readonly Readonly<Record<string, unknown>>[]): Pick<ScriptedAnswer, 'headers' | 'text'> => ({
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  text: events.map(({ id, ...data }) => `${typeof id === 'string' ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}\n\n`).join(''),
});

/** An error as the gateway words it. */
export const refusal = (status: number, code: string, more: { readonly retry_after?: number; readonly details?: object } = {}, headers: Readonly<Record<string, string>> = {}): ScriptedAnswer => ({
  status,
  headers: { ...(more.retry_after !== undefined && { 'retry-after': String(more.retry_after) }), ...headers },
  json: { error: { code, message: `Because of ${code}`, ...more } },
});
