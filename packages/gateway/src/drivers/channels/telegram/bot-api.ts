import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { HttpClient, HttpResponse } from '../../../engine/ports/http-client.ts';

const Answer = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), error_code: z.number(), description: z.string().optional(), parameters: z.object({ retry_after: z.number().optional() }).optional() }),
]);

export interface BotApiOptions {
  readonly http: HttpClient;
  readonly apiUrl: string;
  readonly token: string;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

export type CallBotApi = <Result extends z.ZodType>(method: string, parameters: Readonly<Record<string, unknown>>, result: Result, deadlineMs?: number) => Promise<z.output<Result>>;

const DEADLINE_MS = 20_000;
const LONGEST_ANSWER = 16 * 1024 * 1024;
/** The connection never came about: nothing was sent. */
const NOT_DIALLED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** One method of Telegram's Bot API after the other. The token is part of each address: no failure repeats it. */
export const botApi = ({ http, apiUrl, token, signal }: BotApiOptions): CallBotApi => {
  const mask = (text: string): string => text.replaceAll(token, '[token]').replaceAll(encodeURIComponent(token), '[token]');

  return async (method, parameters, result, deadlineMs = DEADLINE_MS) => {
    const { status, text } = await ask(http, {
      url: `${apiUrl.replace(/\/+$/, '')}/bot${token}/${method}`, body: JSON.stringify(parameters), signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]), mask,
    });
    const answer = Answer.safeParse(parseJson(text));
    if (!answer.success) throw new ChannelFailure('unknown', `Telegram answered ${method} with status ${status} and no answer`);
    if (!answer.data.ok) throw refusal(method, answer.data, mask);
    const read = result.safeParse(answer.data.result);
    if (read.success) return read.data;
    throw new ChannelFailure('unknown', `Telegram answered ${method} with something else`);
  };
};

interface Asked {
  readonly url: string;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly mask: (text: string) => string;
}

const ask = async (http: HttpClient, { url, body, signal, mask }: Asked): Promise<{ readonly status: number; readonly text: string }> => {
  let response: HttpResponse | undefined;
  try {
    response = await http.request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal });
    return { status: response.status, text: await response.text(LONGEST_ANSWER) };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    const kind = !response && NOT_DIALLED.has(code) ? 'passing' : 'unknown';
    throw new ChannelFailure(kind, mask(`Telegram could not be reached: ${thrown instanceof Error ? thrown.message : String(thrown)}`));
  }
};

type Refusal = Extract<z.output<typeof Answer>, { ok: false }>;

const refusal = (method: string, { error_code: code, description = '', parameters }: Refusal, mask: (text: string) => string): ChannelFailure => {
  const message = mask(`Telegram refused ${method}: ${description || 'no reason given'} (${code})`);
  if (code === 429) return new ChannelFailure('passing', message, { retryAfterMs: (parameters?.retry_after ?? 1) * 1_000 });
  return new ChannelFailure(code >= 500 ? 'unknown' : 'permanent', message);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
