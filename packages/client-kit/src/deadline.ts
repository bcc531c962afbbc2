import { OpenClawError } from './openclaw-error.ts';

/** More than a timer can count. */
const LONGEST_MS = 2 ** 31 - 1;

export interface Deadline {
  /** Aborted when the time is over, or when the caller's own signal is. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left. */
  left(): number;
  /** The time counts no more; the caller's signal still does. */
  met(): void;
  /** Nothing counts any more. */
  release(): void;
}

/** By hand, because `AbortSignal.any` is not in Node 18. */
export const startDeadline = (ms: number, caller: AbortSignal | undefined): Deadline => {
  const controller = new AbortController();
  const until = Date.now() + ms;
  const late = (): void => controller.abort(new OpenClawError(`No answer within ${ms} ms`, { code: 'request_timeout' }));
  const timer = Number.isFinite(ms) ? setTimeout(late, Math.min(ms, LONGEST_MS)) : undefined;
  const leave = (): void => controller.abort(caller?.reason);
  if (caller?.aborted) leave();
  else caller?.addEventListener('abort', leave, { once: true });
  const met = (): void => clearTimeout(timer);
  return {
    signal: controller.signal,
    left: () => until - Date.now(),
    met,
    release: () => {
      met();
      caller?.removeEventListener('abort', leave);
    },
  };
};
