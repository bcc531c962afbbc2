import type { OpenClawError } from './openclaw-error.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
const PASSING_STATUS = new Set([429, 502, 503, 504]);

/** Answers of the gateway with such a status that stay the same when the same write is asked again. */
const FINAL_CODES = new Set<string>(['budget_exceeded', 'model_failed', 'model_overloaded', 'turn_deadline', 'timeout']);

/** Whether the same call may succeed in a moment. Writes carry an idempotency key, so that one whose answer was lost is not done twice. */
export const isPassing = ({ code, status }: OpenClawError): boolean =>
  code === 'connection_failed' || (status !== undefined && PASSING_STATUS.has(status) && !FINAL_CODES.has(code));

/** Twice as long each time, somewhere in the upper half of it, so that clients that failed together do not come back together; never sooner than asked. */
export const pauseBefore = (retry: number, retryAfter: number | undefined): number => {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retry);
  const own = longest * (0.5 + Math.random() / 2);
  return retryAfter === undefined ? own : Math.max(retryAfter * 1000, 0) + own * 0.1;
};

/** Rejects with the reason of the signal. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error); // what a signal is aborted with is what its owner wants thrown
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
