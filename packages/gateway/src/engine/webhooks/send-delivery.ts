import { onAbort } from '../../kernel/on-abort.ts';
import { type GuardedHttpClient, type Reach, TargetRefused } from '../ports/http-client.ts';
import { readRetryAfter } from './retry-schedule.ts';
import type { WebhookRequest } from './to-request.ts';

/** Read at most, and kept at most, of what an endpoint answers. */
const READ_BYTES = 65_536;
const KEPT_CHARACTERS = 4_000;

export interface Outbound extends WebhookRequest {
  readonly url: string;
  readonly reach: Reach;
  readonly timeoutMs: number;
}

/** What an endpoint made of one try. */
export interface Answer {
  readonly at: number;
  readonly ms: number;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly response: string | undefined;
  readonly retryAfter: number | undefined;
}

/** Sends once and never rejects, but for `stop`: what comes of it is the answer, and no connection that fails is an exception. */
export const sendDelivery = async (http: GuardedHttpClient, { url, reach, timeoutMs, headers, body }: Outbound, stop: AbortSignal): Promise<Answer> => {
  const at = Date.now();
  const startedAt = performance.now();
  const since = () => ({ at, ms: Math.round(performance.now() - startedAt) });
  const cut = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    cut.abort();
  }, timeoutMs);
  const deaf = onAbort(stop, () => cut.abort());
  try {
    const response = await http.request(url, { method: 'POST', headers, body, reach, signal: cut.signal });
    const { status, headers: answered } = response;
    const text = await response.text(READ_BYTES);
    const error = status >= 200 && status < 300 ? undefined : status >= 300 && status < 400 ? `answered ${status}: redirects are not followed` : `answered ${status}`;
    return { ...since(), status, error, response: text.slice(0, KEPT_CHARACTERS).toWellFormed(), retryAfter: readRetryAfter(answered['retry-after'], at) };
  } catch (thrown) {
    stop.throwIfAborted();
    return { ...since(), status: undefined, error: late ? `no answer within ${timeoutMs} ms` : reasonOf(thrown), response: undefined, retryAfter: undefined };
  } finally {
    clearTimeout(timer);
    deaf();
  }
};

const LONGEST_REASON = 300;

/** As an operator needs it. Addresses that a name leads to are no secret to who may list deliveries. */
const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof TargetRefused) return `not sent: ${thrown.message}`;
  if (!(thrown instanceof Error)) return 'the connection failed';
  const code = 'code' in thrown && typeof thrown.code === 'string' ? `${thrown.code}: ` : '';
  return `${code}${thrown.message}`.slice(0, LONGEST_REASON);
};
