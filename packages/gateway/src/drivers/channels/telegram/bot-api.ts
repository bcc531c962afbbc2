import { z } from 'zod';
import { ChannelFailure, type OutgoingFile } from '../../../engine/ports/channel.ts';
import type { HttpClient, HttpRequest } from '../../../engine/ports/http-client.ts';
import { ask, asPassing, bringFile, FILE_DEADLINE_MS, multipart, parseJson } from '../kit/ask.ts';
import { TokenRefused } from '../kit/hold-back.ts';

const Answer = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), error_code: z.number(), description: z.string().optional(), parameters: z.object({ retry_after: z.number().optional() }).optional() }),
]);

const Place = z.object({ file_path: z.string().optional() });

export interface BotApiOptions {
  readonly http: HttpClient;
  readonly apiUrl: string;
  readonly token: string;
  /** What else no failure repeats. */
  readonly secret?: string | undefined;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

type Parameters = Readonly<Record<string, unknown>>;
interface Ending {
  readonly deadlineMs?: number | undefined;
  readonly until?: AbortSignal;
}
type Wire = Required<Pick<HttpRequest, 'headers' | 'body'>>;

export interface BotApi {
  call<Result extends z.ZodType>(method: string, parameters: Parameters, result: Result, deadlineMs?: number): Promise<z.output<Result>>;
  /** A method that takes a file beside its parameters, as the field of this name. */
  callWithFile<Result extends z.ZodType>(method: string, parameters: Parameters, file: Pick<OutgoingFile, 'name' | 'type' | 'content'> & { readonly field: string }, result: Result): Promise<z.output<Result>>;
  /** What Telegram keeps under an id. */
  bring(fileId: string, mostBytes: number, until: AbortSignal): Promise<Uint8Array>;
}

/** One method of Telegram's Bot API after the other. The token is part of each address: no failure repeats it. */
export const botApi = ({ http, apiUrl, token, secret, signal }: BotApiOptions): BotApi => {
  const hidden = [token, encodeURIComponent(token), ...(secret === undefined ? [] : [secret])];
  const mask = (text: string): string => hidden.reduce((masked, one) => masked.replaceAll(one, '[token]'), text);
  const server = apiUrl.replace(/\/+$/, '');

  const send = async <Result extends z.ZodType>(method: string, wire: Wire, result: Result, { deadlineMs, until }: Ending = {}): Promise<z.output<Result>> => {
    const { status, text } = await ask(http, {
      service: 'Telegram', url: `${server}/bot${token}/${method}`, method: 'POST', mask, ...wire,
      signal: until ? AbortSignal.any([signal, until]) : signal,
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
    const answer = Answer.safeParse(parseJson(text));
    if (!answer.success) throw new ChannelFailure('unknown', `Telegram answered ${method} with status ${status} and no answer`);
    if (!answer.data.ok) throw refusal(method, answer.data, mask);
    const read = result.safeParse(answer.data.result);
    if (read.success) return read.data;
    throw new ChannelFailure('unknown', `Telegram answered ${method} with something else`);
  };

  return {
    call: (method, parameters, result, deadlineMs) => send(method, asJson(parameters), result, { deadlineMs }),
    callWithFile: async (method, parameters, { field, name, ...file }, result) =>
      send(method, await multipart(asFields(parameters), { [field]: { ...file, name: escaped(name) } }), result, { deadlineMs: FILE_DEADLINE_MS }),
    bring: async (fileId, mostBytes, until) => {
      const { file_path: path = '' } = await send('getFile', asJson({ file_id: fileId }), Place, { until }).catch(asPassing);
      const steps = path.split('/');
      // A server of one's own may keep files on its own disk, and name that.
      if (steps.some((step) => /^\.{0,2}$/.test(step))) throw new ChannelFailure('permanent', 'Telegram names no place that it could be brought from');
      const url = `${server}/file/bot${token}/${steps.map(encodeURIComponent).join('/')}`;
      return bringFile(http, { service: 'Telegram', url, signal: AbortSignal.any([signal, until]), deadlineMs: FILE_DEADLINE_MS, mask }, mostBytes);
    },
  };
};

const asJson = (parameters: Parameters): Wire => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(parameters) });

/** Telegram undoes what looks like an escape, and a form leaves these two as they are. */
const escaped = (name: string): string => name.replaceAll(/[%\\]/g, encodeURIComponent);

/** In a form, what is no text is JSON. */
const asFields = (parameters: Parameters): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]));

type Refusal = Extract<z.output<typeof Answer>, { ok: false }>;

const refusal = (method: string, { error_code: code, description = '', parameters }: Refusal, mask: (text: string) => string): ChannelFailure => {
  const message = mask(`Telegram refused ${method}: ${description || 'no reason given'} (${code})`);
  if (code === 401) return new TokenRefused(message);
  if (code === 429) return new ChannelFailure('passing', message, { retryAfterMs: (parameters?.retry_after ?? 1) * 1_000 });
  return new ChannelFailure(code >= 500 ? 'unknown' : 'permanent', message);
};
