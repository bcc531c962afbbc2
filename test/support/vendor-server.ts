/** What the servers share that stand in for a service: how they refuse, what they are asked, how a test waits for them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What a service says no with, as it stands on its wire. */
export class Refused extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** Resolves when it holds; where it does not in time, the error says what there was instead. */
export const holding = async (holds: () => boolean, ms: number, shown: () => Readonly<Record<string, unknown>>): Promise<void> => {
  for (const end = performance.now() + ms; !holds(); await pause(10)) {
    if (performance.now() > end) throw new Error(`it did not come about; ${Object.entries(shown()).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join('; ')}`);
  }
};

export const bytesOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // Of a request without an encoding.
  return Buffer.concat(chunks);
};

export const answer = (response: ServerResponse, status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
};
