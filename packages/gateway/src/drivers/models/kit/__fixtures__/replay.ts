import { readFileSync } from 'node:fs';
import type { HttpClient, HttpRequest } from '../../../../engine/ports/http-client.ts';
import type { ModelDriver, ModelEvent, ModelMessage, ModelRequest } from '../../../../engine/ports/model.ts';

export interface Replay {
  readonly url: URL;
  readonly sizes?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly messages?: readonly ModelMessage[];
  readonly baseUrl?: string;
}

/** What a driver makes of a stream of its wire, in pieces of `sizes` bytes. */
export const replay = async (driver: ModelDriver, { url, sizes = 7, messages = [{ role: 'user', text: 'hi' }], baseUrl = '', ...answer }: Replay): Promise<ModelEvent[]> => {
  const bytes = readFileSync(url);
  const http: HttpClient = {
    listens: async () => true,
    async request() {
      const body = (async function* () {
        for (let at = 0; at < bytes.length; at += sizes) yield bytes.subarray(at, at + sizes);
      })();
      return { status: 200, headers: { 'content-type': 'text/event-stream' }, ...answer, body, text: async () => bytes.toString(), bytes: async () => bytes };
    },
  };
  const request = { model: 'm', system: '', messages, tools: [], maxTokens: 10 };
  const events: ModelEvent[] = [];
  for await (const event of driver.provider.stream(request, { http, baseUrl, apiKey: undefined }, new AbortController().signal)) events.push(event);
  return events;
};

/** The deltas of neighbouring text and reasoning, put together: where a stream was cut into pieces is no one's concern. */
export const joined = (events: readonly ModelEvent[]): readonly ModelEvent[] => {
  const out: ModelEvent[] = [];
  for (const event of events) {
    const last = out.at(-1);
    if ((event.type === 'text' || event.type === 'reasoning') && last?.type === event.type) out[out.length - 1] = { ...last, delta: last.delta + event.delta };
    else out.push(event);
  }
  return out;
};

export interface SentRequest {
  readonly url: string;
  readonly options: HttpRequest;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into the vendor's shape
  readonly body: any;
}

/** What a driver sends for these messages. */
export const requestFor = async (driver: ModelDriver, asked: Partial<ModelRequest>, baseUrl = ''): Promise<SentRequest> => {
  let sent: Omit<SentRequest, 'body'> | undefined;
  const http: HttpClient = {
    listens: async () => true,
    async request(url, options) {
      sent = { url, options };
      throw new Error('not sent');
    },
  };
  const request = { model: 'm', system: 'be brief', messages: [{ role: 'user', text: 'hi' } as const], tools: [], maxTokens: 10, ...asked };
  for await (const _event of driver.provider.stream(request, { http, baseUrl, apiKey: 'key-123456' }, new AbortController().signal));
  if (sent === undefined) throw new Error('the driver sent nothing');
  return { ...sent, body: JSON.parse(String(sent.options.body ?? '')) };
};
