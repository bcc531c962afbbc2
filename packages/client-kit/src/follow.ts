import { type Deadline, startDeadline } from './deadline.ts';
import { OpenClawError } from './openclaw-error.ts';
import type { CallOptions } from './options.ts';
import { errorInStream, headersOf, recordOf } from './read-error.ts';
import { SseReader, type SseMessage } from './read-sse.ts';
import type { Ask, Requester } from './requester.ts';
import { pause, pauseBefore } from './retry.ts';
import { newIdempotencyKey } from './idempotency-key.ts';

/** The gateway says something every 15 seconds. One that was silent for this long is gone, whatever the socket says. */
const SILENCE_MS = 60_000;

interface Followed<E> {
  readonly ask: Ask;
  readonly options: CallOptions;
  readonly isLast: (event: E) => boolean;
}

/** A stream that has begun comes back over a restart of the gateway: for about twenty seconds. */
const RETRIES_BEGUN = 6;

/** Where a stream stands: what is needed to take it up again. */
interface Place {
  lastId: string | undefined;
  retryMs: number | undefined;
  told: boolean;
  /** Breaks since something was last heard. */
  breaks: number;
}

interface Connection {
  readonly ask: Ask;
  readonly options: CallOptions;
  readonly deadline: Deadline;
}

/** The wait broke off, not what is waited for. */
class Broken extends OpenClawError {}

/**
 * The events of a stream, to the last. Where the connection is lost it is taken up again behind the last event that had an id;
 * before the first event, by asking the same once more under the same idempotency key.
 */
export async function* follow<E extends { readonly type: string }>(requester: Requester, { ask, options, isLast }: Followed<E>): AsyncGenerator<E, void> {
  const sameKey = { ...options, idempotencyKey: options.idempotencyKey ?? newIdempotencyKey() };
  const place: Place = { lastId: undefined, retryMs: undefined, told: false, breaks: 0 };
  for (;;) {
    const deadline = startDeadline(requester.patience(ask, options), options.signal);
    try {
      for await (const event of once<E>(requester, { ask, options: sameKey, deadline }, place)) {
        yield event;
        if (isLast(event)) return;
      }
    } catch (thrown) {
      const mayGoOn = thrown instanceof Broken && (!place.told || place.lastId !== undefined) && place.breaks++ < requester.retries(options);
      if (!mayGoOn) throw thrown;
      await pause(Math.max(place.retryMs ?? 0, pauseBefore(place.breaks - 1, thrown.retryAfter)), deadline.signal);
    } finally {
      deadline.release();
    }
  }
}

/** The events of one connection. */
async function* once<E extends { readonly type: string }>(requester: Requester, { ask, options, deadline }: Connection, place: Place): AsyncGenerator<E, void> {
  const { lastId, told } = place;
  const retries = requester.retries(options);
  const maxRetries = told && retries > 0 ? Math.max(retries, RETRIES_BEGUN) : retries;
  const headers = { ...ask.headers, accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
  const response = await requester.open({ ...ask, headers }, { ...options, maxRetries }, deadline);
  deadline.met();
  if (response.status === 204) throw new OpenClawError('The stream was over before its last event was heard', { code: 'stream_interrupted' });
  if (!/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) {
    throw new OpenClawError('What answers here does not speak in events: is baseUrl the gateway?', { code: 'unexpected_answer', status: response.status, headers: headersOf(response) });
  }
  for await (const { data, id, retryMs } of messagesOf(response, deadline)) {
    place.breaks = 0;
    if (id !== undefined) place.lastId = id;
    place.retryMs = retryMs ?? place.retryMs;
    const event = eventOf<E>(data);
    if (event?.type === 'error') throw failureOf(event, response, id === undefined && retryMs !== undefined);
    if (!event) continue;
    place.told = true;
    yield event;
  }
  throw new Broken('The stream ended before its last event', { code: 'stream_interrupted' });
}

/** An error that has no place on the stream and says when to come back is one of the connection, not of what is followed. */
const failureOf = (event: object, response: Response, passes: boolean): OpenClawError => {
  const error = errorInStream(event, response);
  if (!passes) return error;
  const { code, status, headers, retryAfter, details } = error;
  return new Broken(error.message, { code, status, headers, retryAfter, details });
};

async function* messagesOf(response: Response, { signal }: Deadline): AsyncGenerator<SseMessage, void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const sse = new SseReader();
  try {
    for (;;) {
      const { done, value } = await heard(reader, signal);
      if (done) return;
      yield* sse.read(value);
    }
  } finally {
    // Who leaves early leaves the connection, too. Nobody is left who would want to know that this failed.
    reader.cancel().catch(() => {});
  }
}

/** The next chunk, unless it does not come. */
const heard = async (reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Broken('The gateway fell silent', { code: 'stream_interrupted' })), SILENCE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof Broken) throw cause;
    throw new Broken('The connection was lost in the middle of the stream', { code: 'stream_interrupted', cause });
  } finally {
    clearTimeout(timer);
  }
};

const eventOf = <E extends { readonly type: string }>(data: string): E | undefined => {
  try {
    const event = recordOf(JSON.parse(data));
    // What this path tells are events of this type; newer kinds may come, and are handed on as they are.
    return typeof event?.['type'] === 'string' ? (event as unknown as E) : undefined;
  } catch (cause) {
    throw new OpenClawError('What answers here does not speak in JSON events', { code: 'unexpected_answer', cause });
  }
};
