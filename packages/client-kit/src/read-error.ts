import { ERROR_STATUS, isErrorCode } from '../../contract/src/errors.ts';
import { OpenClawError } from './openclaw-error.ts';

/** What the gateway says of a failure, in the body of an answer or as the last event of a stream. */
interface ToldError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly retry_after?: unknown;
  readonly details?: unknown;
}

export const headersOf = (response: Response): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => (headers[name.toLowerCase()] = value));
  return headers;
};

/** The error that an answer means which is not 2xx. */
export const errorOf = (response: Response, text: string): OpenClawError => {
  const { status } = response;
  const headers = headersOf(response);
  const told = toldIn(text);
  const retryAfter = secondsOf(headers['retry-after']) ?? numberOf(told?.retry_after);
  if (typeof told?.code === 'string') {
    return new OpenClawError(messageOf(told, status), { code: told.code, status, headers, retryAfter, details: recordOf(told.details) });
  }
  return new OpenClawError(`${status} without a word of the gateway: something else answers here, or stands before it`, { code: 'unexpected_answer', status, headers, retryAfter });
};

/** The error that an `error` event of a stream means. */
export const errorInStream = (told: ToldError, response: Response): OpenClawError => {
  const code = typeof told.code === 'string' ? told.code : 'internal';
  const status = isErrorCode(code) ? ERROR_STATUS[code] : undefined;
  return new OpenClawError(messageOf(told, status), { code, status, headers: headersOf(response), retryAfter: numberOf(told.retry_after), details: recordOf(told.details) });
};

const toldIn = (text: string): ToldError | undefined => {
  try {
    return recordOf(recordOf(JSON.parse(text))?.['error']);
  } catch {
    return undefined;
  }
};

const messageOf = ({ message }: ToldError, status: number | undefined): string => (typeof message === 'string' ? message : `The gateway answered ${status ?? 'with an error'}`);

export const recordOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  // What is left after these checks has keys and values.
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' && value >= 0 ? value : undefined);

/** `Retry-After` is a number of seconds, or a date. */
const secondsOf = (header: string | undefined): number | undefined => {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
};
