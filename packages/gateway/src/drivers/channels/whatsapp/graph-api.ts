import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { HttpClient, HttpRequest } from '../../../engine/ports/http-client.ts';
import { ask, parseJson } from '../kit/ask.ts';
import { TokenRefused } from '../kit/hold-back.ts';

const Refusal = z.object({ error: z.object({ message: z.string().optional(), code: z.number(), error_data: z.object({ details: z.string().optional() }).optional().catch(undefined) }) });

export interface GraphApiOptions {
  readonly http: HttpClient;
  readonly apiUrl: string;
  readonly token: string;
  /** Takes secrets out of what a failure repeats. */
  readonly mask: (text: string) => string;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

/** What goes with a question: JSON, or a form with a file in it. */
export type Wire = Required<Pick<HttpRequest, 'headers' | 'body'>> & { readonly deadlineMs?: number };

/** Asks for a node of the graph, or sends something to one. */
export type CallGraph = <Result extends z.ZodType>(path: string, result: Result, wire?: Wire, until?: AbortSignal) => Promise<z.output<Result>>;

export const asJson = (body: Readonly<Record<string, unknown>>): Wire => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** Too much at once, or not now: it did not happen. */
const PASSING: ReadonlySet<number> = new Set([2, 4, 80_007, 130_429, 131_016, 131_048, 131_056, 131_057, 133_004]);
/** Something went wrong over there. */
const UNKNOWN: ReadonlySet<number> = new Set([1, 131_000]);
const TOKEN: ReadonlySet<number> = new Set([0, 190]);
const WINDOW_CLOSED = 131_047;

/** What a code of theirs says, where words of ours are of more help. */
export const hintFor = (code: number): string =>
  code === WINDOW_CLOSED ? '. Whoever it is for wrote more than 24 hours ago: until they write again, WhatsApp takes nothing but templates' : '';

/** The Graph API, as far as a phone number of the Cloud API is concerned. Its codes say more than its statuses. */
export const graphApi = ({ http, apiUrl, token, mask, signal }: GraphApiOptions): CallGraph => async (path, result, wire, until) => {
  const { status, text } = await ask(http, {
    service: 'WhatsApp', url: `${apiUrl.replace(/\/+$/, '')}/${path}`, method: wire ? 'POST' : 'GET', mask, ...wire,
    signal: until ? AbortSignal.any([signal, until]) : signal,
    headers: { ...wire?.headers, authorization: `Bearer ${token}` },
  });
  const answer = parseJson(text);
  if (status !== 200) throw refusal(status, Refusal.safeParse(answer).data, mask);
  const read = result.safeParse(answer);
  if (read.success) return read.data;
  throw new ChannelFailure('unknown', 'WhatsApp answered with something else');
};

const refusal = (status: number, said: z.output<typeof Refusal> | undefined, mask: (text: string) => string): ChannelFailure => {
  if (!said) return new ChannelFailure(status === 429 ? 'passing' : 'unknown', `WhatsApp answered with status ${status} and no reason`);
  const { code, message = 'no reason given', error_data: data } = said.error;
  const told = mask(`WhatsApp refused it: ${data?.details ?? message} (${code})${hintFor(code)}`);
  if (TOKEN.has(code)) return new TokenRefused(told);
  if (PASSING.has(code)) return new ChannelFailure('passing', told);
  return new ChannelFailure(UNKNOWN.has(code) || status >= 500 ? 'unknown' : 'permanent', told);
};
