import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { HttpClient } from '../../../engine/ports/http-client.ts';
import { ask, parseJson } from '../kit/ask.ts';

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

/** One method of Telegram's Bot API after the other. The token is part of each address: no failure repeats it. */
export const botApi = ({ http, apiUrl, token, signal }: BotApiOptions): CallBotApi => {
  const mask = (text: string): string => text.replaceAll(token, '[token]').replaceAll(encodeURIComponent(token), '[token]');

  return async (method, parameters, result, deadlineMs) => {
    const { status, text } = await ask(http, {
      service: 'Telegram', url: `${apiUrl.replace(/\/+$/, '')}/bot${token}/${method}`, method: 'POST', signal, mask,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
    const answer = Answer.safeParse(parseJson(text));
    if (!answer.success) throw new ChannelFailure('unknown', `Telegram answered ${method} with status ${status} and no answer`);
    if (!answer.data.ok) throw refusal(method, answer.data, mask);
    const read = result.safeParse(answer.data.result);
    if (read.success) return read.data;
    throw new ChannelFailure('unknown', `Telegram answered ${method} with something else`);
  };
};

type Refusal = Extract<z.output<typeof Answer>, { ok: false }>;

const refusal = (method: string, { error_code: code, description = '', parameters }: Refusal, mask: (text: string) => string): ChannelFailure => {
  const message = mask(`Telegram refused ${method}: ${description || 'no reason given'} (${code})`);
  if (code === 429) return new ChannelFailure('passing', message, { retryAfterMs: (parameters?.retry_after ?? 1) * 1_000 });
  return new ChannelFailure(code >= 500 ? 'unknown' : 'permanent', message);
};
