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

/** Brings what a service keeps at a URL, to the byte. Changes nothing: whatever goes wrong, it can be tried again. */
export const bringFile = async (http: HttpClient, { service, url, signal, deadlineMs = DEADLINE_MS, mask, ...request }: Omit<Question, 'method' | 'body'>, mostBytes: number): Promise<Uint8Array> => {
  try {
    const response = await http.request(url, { ...request, method: 'GET', signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) });
    const content = await response.bytes(mostBytes);
    if (response.status === 200) return content;
    throw new ChannelFailure('permanent', `${service} answered with status ${response.status}`);
  } catch (thrown) {
    if (thrown instanceof ChannelFailure) throw thrown;
    throw new ChannelFailure('passing', mask(`${service} did not hand it over: ${thrown instanceof Error ? thrown.message : String(thrown)}`));
  }
};

/** Files and fields as browsers send forms. */
export const multipart = async (fields: Readonly<Record<string, string>>, files: Readonly<Record<string, { readonly name: string; readonly type: string; readonly content: Uint8Array }>>): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }> => {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  for (const [field, { name, type, content }] of Object.entries(files)) form.append(field, new Blob([new Uint8Array(content)], { type }), name);
  const wire = new Response(form);
  return { headers: { 'content-type': wire.headers.get('content-type') ?? '' }, body: new Uint8Array(await wire.arrayBuffer()) };
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
