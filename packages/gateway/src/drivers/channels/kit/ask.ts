import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../engine/ports/http-client.ts';

export interface Question extends Omit<HttpRequest, 'signal' | 'headers'> {
  /** As errors call whoever is asked. */
  readonly service: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
  /** Takes secrets out of what an error repeats. */
  readonly mask: (text: string) => string;
}

export interface Answer extends Pick<HttpResponse, 'status' | 'headers'> {
  readonly text: string;
}

const DEADLINE_MS = 20_000;
const LONGEST_ANSWER = 16 * 1024 * 1024;
/** The connection never came about: nothing was sent. */
const NOT_DIALLED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** Asks a service by HTTP. Where no answer comes, the failure says whether the question can have arrived. */
export const ask = async (http: HttpClient, { service, url, signal, deadlineMs = DEADLINE_MS, mask, ...request }: Question): Promise<Answer> => {
  let response: HttpResponse | undefined;
  try {
    response = await http.request(url, { ...request, signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) });
    return { status: response.status, headers: response.headers, text: await response.text(LONGEST_ANSWER) };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    const kind = !response && NOT_DIALLED.has(code) ? 'passing' : 'unknown';
    throw new ChannelFailure(kind, mask(`${service} could not be reached: ${thrown instanceof Error ? thrown.message : String(thrown)}`));
  }
};

/** To ask is to change nothing: whatever went wrong, it can be asked again. */
export const asPassing = (thrown: unknown): never => {
  throw thrown instanceof ChannelFailure && thrown.kind === 'unknown' ? new ChannelFailure('passing', thrown.message, { retryAfterMs: thrown.retryAfterMs }) : thrown;
};

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
