import { z } from 'zod';
import { ChannelFailure, type OutgoingFile } from '../../../engine/ports/channel.ts';
import type { HttpClient, HttpRequest } from '../../../engine/ports/http-client.ts';
import { ask, multipart, parseJson } from '../kit/ask.ts';
import { TokenRefused } from '../kit/hold-back.ts';

/** Where its gateway is, and where a session goes on. */
export const GATEWAY_HOSTS = /^(?:[a-z0-9-]+\.)*discord\.gg$/;
/** Where Discord keeps what is attached. */
export const FILE_HOSTS = /^(?:cdn\.discordapp\.com|media\.discordapp\.net)$/;

export interface RestApiOptions {
  readonly http: HttpClient;
  readonly apiUrl: string;
  readonly token: string;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

export type CallRestApi = <Result extends z.ZodType>(call: RestCall<Result>) => Promise<z.output<Result>>;

interface RestCall<Result extends z.ZodType> {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** A file to go with the body. */
  readonly file?: OutgoingFile;
  readonly result: Result;
}

/** Discord refused something, with a number of its own that says what. */
export class DiscordRefusal extends ChannelFailure {
  readonly code: number;

  constructor(kind: ChannelFailure['kind'], message: string, code: number) {
    super(kind, message);
    this.code = code;
  }
}

const Limited = z.object({ retry_after: z.number().nonnegative() });
const Refused = z.object({ message: z.string().optional(), code: z.number().optional() });
/** Discord wants to know who asks. */
const AGENT = 'DiscordBot (https://github.com/openclaw/openclaw, 10)';

/** A file takes its time. */
const FILE_WITHIN_MS = 120_000;

/** Discord's REST API, as a bot. */
export const restApi = ({ http, apiUrl, token, signal }: RestApiOptions): CallRestApi => {
  const mask = (text: string): string => text.replaceAll(token, '[token]');

  return async ({ method, path, body, file, result }) => {
    const what = `${method} ${path}`;
    const sent = file ? await multipart({ payload_json: JSON.stringify(body) }, { 'files[0]': file }) : body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const { status, headers, text } = await ask(http, {
      service: 'Discord', url: `${apiUrl.replace(/\/+$/, '')}${path}`, method, signal, mask,
      headers: { authorization: `Bot ${token}`, 'user-agent': AGENT, ...sent?.headers },
      ...(sent && { body: sent.body }),
      ...(file && { deadlineMs: FILE_WITHIN_MS }),
    });
    const answer = parseJson(text);
    if (status === 429) {
      const seconds = Limited.safeParse(answer).data?.retry_after ?? (Number(headers['retry-after']) || 1);
      throw new ChannelFailure('passing', `Discord is asked too often (${what})`, { retryAfterMs: Math.ceil(seconds * 1_000) });
    }
    if (status >= 400) {
      const { message = 'no reason given', code = 0 } = Refused.safeParse(answer).data ?? {};
      const told = mask(`Discord refused ${what}: ${message} (${status}, ${code})`);
      throw status === 401 ? new TokenRefused(told) : new DiscordRefusal(status >= 500 ? 'unknown' : 'permanent', told, code);
    }
    const read = result.safeParse(answer);
    if (read.success) return read.data;
    throw new ChannelFailure('unknown', `Discord answered ${what} with something else`);
  };
};
