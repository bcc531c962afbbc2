import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { HttpClient, HttpRequest } from '../../../engine/ports/http-client.ts';
import { type Answer, ask, parseJson } from '../kit/ask.ts';

/** An account that is in many rooms is told of them all at once. */
const LONGEST_ANSWER = 64 * 1024 * 1024;
const Refusal = z.object({ errcode: z.string(), error: z.string().optional(), retry_after_ms: z.number().optional() });

export interface ApiOptions {
  readonly http: HttpClient;
  readonly homeserver: string;
  readonly token: string;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

export interface ApiCall<Result extends z.ZodType> {
  readonly result: Result;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Bytes in place of a body that is JSON. */
  readonly content?: { readonly type: string; readonly bytes: Uint8Array };
  /** Which part of the API it is asked of; what is said in rooms, unless it is named. */
  readonly api?: string;
  readonly deadlineMs?: number;
}

export type CallApi = <Result extends z.ZodType>(method: HttpRequest['method'], path: string, call: ApiCall<Result>) => Promise<z.output<Result>>;

/** What the homeserver says no with. */
export class MatrixRefusal extends ChannelFailure {
  readonly errcode: string;

  constructor(errcode: string, ...failure: ConstructorParameters<typeof ChannelFailure>) {
    super(...failure);
    this.errcode = errcode;
  }
}

/** A path with what others chose in it: an id keeps its place, whatever is in it. */
export const pathOf = (parts: TemplateStringsArray, ...ids: readonly string[]): string => String.raw({ raw: parts }, ...ids.map(encodeURIComponent));

/** The Client-Server API of one homeserver, for one account. */
export const clientServerApi = ({ http, homeserver, token, signal }: ApiOptions): CallApi => {
  const mask = (text: string): string => text.replaceAll(token, '[token]');
  const base = `${homeserver.replace(/\/+$/, '')}/_matrix`;

  return async (method, path, { result, query = {}, body, content, api = '/client/v3', deadlineMs }) => {
    const asked = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`])).join('&');
    const wire = content ?? (body === undefined ? undefined : { type: 'application/json', bytes: JSON.stringify(body) });
    const { text, ...response } = await ask(http, {
      service: 'the homeserver',
      url: `${base}${api}${path}${asked === '' ? '' : `?${asked}`}`,
      method,
      headers: { authorization: `Bearer ${token}`, ...(wire && { 'content-type': wire.type }) },
      ...(wire && { body: wire.bytes }),
      signal,
      ...(deadlineMs !== undefined && { deadlineMs }),
      mostBytes: LONGEST_ANSWER,
      mask,
    });
    const doing = `${method} ${path.split('/')[1] ?? ''}`;
    const said = parseJson(text);
    if (response.status !== 200) throw refusal(doing, response, Refusal.safeParse(said).data, mask);
    const read = result.safeParse(said);
    if (read.success) return read.data;
    throw new ChannelFailure('unknown', `the homeserver answered ${doing} with something else`);
  };
};

const refusal = (doing: string, { status, headers }: Pick<Answer, 'status' | 'headers'>, said: z.output<typeof Refusal> | undefined, mask: (text: string) => string): ChannelFailure => {
  // Whoever stands in front of a homeserver answers without a code.
  if (!said) return new ChannelFailure(status === 429 ? 'passing' : 'unknown', `the homeserver answered ${doing} with status ${status} and no reason`, { retryAfterMs: waitOf(headers) });
  const message = mask(`the homeserver refused ${doing}: ${said.error ?? 'no reason given'} (${said.errcode})`);
  if (status === 429) return new MatrixRefusal(said.errcode, 'passing', message, { retryAfterMs: waitOf(headers) ?? said.retry_after_ms ?? 1_000 });
  return new MatrixRefusal(said.errcode, status >= 500 ? 'unknown' : 'permanent', message);
};

const waitOf = ({ 'retry-after': seconds }: Answer['headers']): number | undefined => (seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined);
