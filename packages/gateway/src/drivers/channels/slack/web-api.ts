import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { HttpClient } from '../../../engine/ports/http-client.ts';
import { ask, parseJson } from '../kit/ask.ts';
import { TokenRefused } from '../kit/hold-back.ts';

export interface WebApiOptions {
  readonly http: HttpClient;
  readonly apiUrl: string;
  readonly token: string;
  /** Takes secrets out of what a failure repeats. */
  readonly mask: (text: string) => string;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

export type CallWebApi = <Result extends z.ZodType>(method: string, parameters: Readonly<Record<string, unknown>>, result: Result, until?: AbortSignal) => Promise<z.output<Result>>;

const Outcome = z.object({ ok: z.boolean(), error: z.string().optional(), needed: z.string().optional() });

/** It did not happen, for now. */
const PASSING: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited', 'service_unavailable', 'request_timeout', 'team_added_to_org', 'external_channel_migrating', 'update_failed']);
/** Slack says of these that some of it may have happened. */
const UNKNOWN: ReadonlySet<string> = new Set(['fatal_error', 'internal_error']);

const TOKEN: ReadonlySet<string> = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']);
/** Methods that only read take no JSON. */
const BY_FORM: ReadonlySet<string> = new Set(['users.info', 'files.info', 'files.getUploadURLExternal']);

/** One method of Slack's Web API after the other, with one token. */
export const webApi = ({ http, apiUrl, token, mask, signal }: WebApiOptions): CallWebApi => async (method, parameters, result, until) => {
  const isForm = BY_FORM.has(method);
  const { status, headers, text } = await ask(http, {
    service: 'Slack', url: `${apiUrl.replace(/\/+$/, '')}/${method}`, method: 'POST', signal: until ? AbortSignal.any([signal, until]) : signal, mask,
    headers: { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8', authorization: `Bearer ${token}` },
    body: isForm ? asForm(parameters) : JSON.stringify(parameters),
  });
  const answer = parseJson(text);
  const outcome = Outcome.safeParse(answer);
  if (status === 429) throw new ChannelFailure('passing', `Slack is asked too often (${method})`, { retryAfterMs: secondsOf(headers['retry-after']) * 1_000 });
  if (!outcome.success) throw new ChannelFailure('unknown', `Slack answered ${method} with status ${status} and no answer`);
  const { ok, error = 'no reason given', needed } = outcome.data;
  if (!ok) throw refusal(error, status, mask(`Slack refused ${method}: ${error}${needed === undefined ? '' : ` (it needs ${needed})`}`));
  const read = result.safeParse(answer);
  if (read.success) return read.data;
  throw new ChannelFailure('unknown', `Slack answered ${method} with something else`);
};

const asForm = (parameters: Readonly<Record<string, unknown>>): string => new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)])).toString();

const refusal = (error: string, status: number, message: string): ChannelFailure => {
  if (TOKEN.has(error)) return new TokenRefused(message);
  if (PASSING.has(error)) return new ChannelFailure('passing', message);
  return new ChannelFailure(UNKNOWN.has(error) || status >= 500 ? 'unknown' : 'permanent', message);
};

const secondsOf = (header: string | undefined): number => {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 1;
};
