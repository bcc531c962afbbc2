import type { ErrorCode } from '../../contract/src/errors.ts';

/** What can go wrong before, between or without an answer of the gateway. */
export type ClientErrorCode =
  /** No connection, or one that was lost. */
  | 'connection_failed'
  /** `timeoutMs` is over. */
  | 'request_timeout'
  /** Something answered that is not the gateway: a proxy's page, another program. */
  | 'unexpected_answer'
  /** The address answers with a redirect, which is not followed, so that a credential goes only where it was meant to go. */
  | 'redirected'
  /** A stream broke off where it could not be taken up again. */
  | 'stream_interrupted'
  /** The task that was waited for has no output. */
  | 'task_failed'
  | 'task_cancelled';

/** A code of the gateway, of this client, or of a gateway newer than this client. */
export type OpenClawErrorCode = ErrorCode | ClientErrorCode | (string & {});

export interface ErrorFacts {
  readonly code: OpenClawErrorCode;
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfter?: number | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** Every failure of a call, except for a call that its own `signal` ended: that throws the reason of the signal. */
export class OpenClawError extends Error {
  override readonly name: string = 'OpenClawError';
  readonly code: OpenClawErrorCode;
  /** The HTTP status; of a failure in mid-stream, the one its code stands for; undefined where the gateway did not answer. */
  readonly status: number | undefined;
  /** Of the answer, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Finds the request in the gateway's log. */
  readonly requestId: string | undefined;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined;
  /** What can be acted on: the path of a bad field, the id of a turn that goes on. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(message: string, { code, status, headers = {}, retryAfter, details, cause }: ErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.headers = headers;
    this.requestId = headers['x-request-id'];
    this.retryAfter = retryAfter;
    this.details = details;
  }
}
