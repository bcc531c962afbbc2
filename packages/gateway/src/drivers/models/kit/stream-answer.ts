import { onAbort } from '../../../kernel/on-abort.ts';
import type { HttpResponse } from '../../../engine/ports/http-client.ts';
import type { ModelConnection, ModelEvent } from '../../../engine/ports/model.ts';
import { type Failed, failed, failureOfStatus } from './failure.ts';
import { parseJson } from './json.ts';
import { type Mask, maskFor } from './secrets.ts';
import { createSseDecoder, type SseEvent } from './sse-decoder.ts';

/** What a wire sends to start an answer. */
export interface WireRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Turns the payloads of one answer into events; kept synchronous so that a token costs no extra await. */
export interface AnswerReader {
  /** `payload` is parsed JSON of unknown shape. The last event of an answer is `finished` or `failed`. */
  read(payload: unknown): readonly ModelEvent[];
  /** The stream is over: `marked` when the wire's own end mark (`[DONE]`) was seen. */
  end(marked: boolean): readonly ModelEvent[];
}

export interface WireCall {
  readonly connection: ModelConnection;
  readonly request: WireRequest;
  readonly reader: AnswerReader;
  readonly signal: AbortSignal;
}

export const NO_EVENTS: readonly ModelEvent[] = [];

/** How long a finished answer's connection may take to end by itself, to be used again. */
const DRAIN_MS = 500;
const DOCUMENT_LIMIT = 16 * 1024 * 1024;

/** Asks and streams the answer; keeps the port's promises about ends, errors and aborting for every wire. */
export async function* streamAnswer(call: WireCall): AsyncGenerator<ModelEvent> {
  const { connection, request, signal } = call;
  const mask = maskFor(connection);
  signal.throwIfAborted();
  const line = openLine(signal);
  let answer: OpenAnswer | undefined;
  try {
    const response = await post(connection, request, line.signal);
    if (response.status !== 200) {
      yield masked(await refused(request.url, response), mask);
      return;
    }
    answer = isStream(response) ? openStream(response, call.reader) : openDocument(response, call.reader);
    for (;;) {
      for (const event of await answer.next()) {
        yield event.type === 'failed' ? masked(event, mask) : event;
        if (isEnd(event)) return;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    yield masked(broken(request.url, error), mask);
  } finally {
    if (answer === undefined) line.cut();
    else void answer.rest().then((ended) => (ended ? line.letGo() : line.cut()), line.cut);
  }
}

/** The connection of one call: cut when the caller aborts, and when nobody wants what is still to come. */
const openLine = (signal: AbortSignal): { readonly signal: AbortSignal; readonly letGo: () => void; readonly cut: () => void } => {
  const controller = new AbortController();
  const letGo = onAbort(signal, () => controller.abort(signal.reason));
  const cut = (): void => {
    letGo();
    controller.abort(CUT);
  };
  return { signal: controller.signal, letGo, cut };
};

/** Made once: an error with a stack for each answer would cost more than reading it. */
const CUT = new Error('Nobody wants the rest of this answer.');

/** An answer whose status was good. */
interface OpenAnswer {
  /** The events of the next bytes; none comes after the end of the answer. */
  next(): Promise<readonly ModelEvent[]>;
  /** After a complete answer: waits a little for its connection to end by itself, so that it can be used again. Resolves to whether it did. */
  rest(): Promise<boolean>;
}

const openStream = (response: HttpResponse, reader: AnswerReader): OpenAnswer => {
  const chunks = response.body[Symbol.asyncIterator]();
  const decoder = createSseDecoder();
  let over = false;

  const read = (arrived: readonly SseEvent[], cut: boolean): readonly ModelEvent[] => {
    // Nearly always one event a chunk, and then nothing has to be copied.
    const [only] = arrived;
    if (arrived.length === 1 && only !== undefined) return eventsOf(only, reader, cut);
    return arrived.flatMap((sse) => eventsOf(sse, reader, cut));
  };

  return {
    async next() {
      const chunk = await chunks.next();
      if (!chunk.done) {
        const events = read(decoder.push(chunk.value), false);
        over = events.some(isEnd);
        return events;
      }
      over = true;
      return [...read(decoder.end(), true), ...reader.end(false)];
    },
    async rest() {
      return over && (await drain(chunks));
    },
  };
};

const eventsOf = (sse: SseEvent, reader: AnswerReader, cut: boolean): readonly ModelEvent[] => {
  if (sse.data === '[DONE]') return reader.end(true);
  const payload = parseJson(sse.data);
  if (payload !== undefined) return reader.read(payload);
  // A body that breaks off inside an event is a cut connection, which `end` reports.
  return cut || sse.data === '' ? NO_EVENTS : [failed('protocol', `The stream carries something that is not JSON: ${sse.data.slice(0, 200)}`)];
};

/** A server that ignores `stream: true` answers with one document. */
const openDocument = (response: HttpResponse, reader: AnswerReader): OpenAnswer => ({
  async next() {
    const text = await response.text(DOCUMENT_LIMIT);
    const payload = parseJson(text);
    if (payload === undefined) return [failed('protocol', `Expected an event stream, got: ${text.replace(/\s+/g, ' ').slice(0, 200)}`)];
    return [...reader.read(payload), ...reader.end(false)];
  },
  rest: async () => true,
});

const isEnd = (event: ModelEvent): boolean => event.type === 'finished' || event.type === 'failed';

/** A server that names no type, or a wrong one, is still taken to stream. */
const isStream = ({ headers }: HttpResponse): boolean => !/json|html/.test(headers['content-type'] ?? '');

/** Reads the few bytes after the end; the turn does not wait for it. */
const drain = async (chunks: AsyncIterator<Uint8Array>): Promise<boolean> => {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), DRAIN_MS);
  timer.unref();
  const ended = await Promise.race([late, readToEnd(chunks)]);
  clearTimeout(timer);
  return ended;
};

const readToEnd = async (chunks: AsyncIterator<Uint8Array>): Promise<boolean> => {
  try {
    while (!(await chunks.next()).done);
    return true;
  } catch {
    // The answer is complete: how its connection ends is nobody's concern.
    return false;
  }
};

const post = ({ http, headers }: ModelConnection, request: WireRequest, signal: AbortSignal): Promise<HttpResponse> =>
  http.request(request.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...request.headers, ...headers },
    body: JSON.stringify(request.body),
    signal,
  });

const refused = async (url: string, response: HttpResponse): Promise<Failed> => {
  const { status, headers } = response;
  if (status >= 300 && status < 400) return failed('invalid_request', `${host(url)} answers with a redirect (HTTP ${status}); set baseUrl to where it points.`);
  const failure = failureOfStatus(status, headers, await response.text(64 * 1024));
  return status === 404 ? { ...failure, message: `${failure.message} at ${URL.parse(url)?.pathname}` } : failure;
};

const broken = (url: string, error: unknown): Failed => {
  if (!URL.canParse(url)) return failed('invalid_request', `Not a URL: ${url}`);
  return failed('network', `Connection to ${host(url)} failed: ${reasonOf(error)}`);
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
};

const host = (url: string): string => URL.parse(url)?.host ?? url;

const masked = (failure: Failed, mask: Mask): Failed => ({ ...failure, message: mask(failure.message) });
