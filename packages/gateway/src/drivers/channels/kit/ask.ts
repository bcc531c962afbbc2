import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../engine/ports/http-client.ts';

export interface Question extends Omit<HttpRequest, 'signal' | 'headers'> {
  /** As errors call whoever is asked. */
  readonly service: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
  /** Of the answer. */
  readonly mostBytes?: number;
  /** Takes secrets out of what an error repeats. */
  readonly mask: (text: string) => string;
}

export interface Answer extends Pick<HttpResponse, 'status' | 'headers'> {
  readonly text: string;
}

const DEADLINE_MS = 20_000;
const LONGEST_ANSWER = 16 * 1024 * 1024;
/** A file goes through memory as a whole: drivers send no larger ones, whatever a service would take. */
export const LARGEST_FILE = 20 * 1024 * 1024;
/** A file takes longer than a question. */
export const FILE_DEADLINE_MS = 120_000;
/** Nobody reads it: it makes way for what comes next on the connection. */
const LONGEST_REFUSAL = 64 * 1024;
const POINTS_ON: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST_FOLLOWED = 3;
/** The connection never came about: nothing was sent. */
const NOT_DIALLED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** Asks a service by HTTP. Where no answer comes, the failure says whether the question can have arrived. */
export const ask = async (http: HttpClient, { service, url, signal, deadlineMs = DEADLINE_MS, mostBytes = LONGEST_ANSWER, mask, ...request }: Question): Promise<Answer> => {
  let response: HttpResponse | undefined;
  try {
    response = await http.request(url, { ...request, signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]) });
    return { status: response.status, headers: response.headers, text: await response.text(mostBytes) };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    const kind = !response && NOT_DIALLED.has(code) ? 'passing' : 'unknown';
    throw new ChannelFailure(kind, mask(`${service} could not be reached: ${thrown instanceof Error ? thrown.message : String(thrown)}`));
  }
};

/** The service said something else than the file. */
export class NoFile extends ChannelFailure {
  readonly status: number;

  constructor(status: number, message: string) {
    super('permanent', message);
    this.status = status;
  }
}

interface FileQuestion extends Omit<Question, 'method' | 'body' | 'mostBytes'> {
  /** What to show where the service points on to; undefined where nothing may be asked. Without this, it is followed nowhere. */
  readonly onward?: (url: string) => Question['headers'];
}

/** Brings what a service keeps at a URL, to the byte. Changes nothing: whatever goes wrong, it can be tried again. */
export const bringFile = async (http: HttpClient, { service, url, headers, signal, deadlineMs = DEADLINE_MS, mask, onward }: FileQuestion, mostBytes: number): Promise<Uint8Array> => {
  const until = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const look = async (at: string, shown: Question['headers'] = {}, followed = 0): Promise<Uint8Array> => {
    const response = await http.request(at, { method: 'GET', headers: shown, signal: until });
    if (response.status === 200) return response.bytes(mostBytes);
    await response.text(LONGEST_REFUSAL);
    const next = followed < MOST_FOLLOWED && POINTS_ON.has(response.status) ? URL.parse(response.headers['location'] ?? '', at)?.href : undefined;
    const showing = next === undefined ? undefined : onward?.(next);
    if (next !== undefined && showing) return look(next, showing, followed + 1);
    throw new NoFile(response.status, `${service} answered with status ${response.status}`);
  };
  try {
    return await look(url, headers);
  } catch (thrown) {
    if (thrown instanceof ChannelFailure) throw thrown;
    throw new ChannelFailure('passing', mask(`${service} did not hand it over: ${thrown instanceof Error ? thrown.message : String(thrown)}`));
  }
};

/** Files and fields as browsers send forms: what a file is called in UTF-8, and in one form only (RFC 7578, 4.2). */
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
