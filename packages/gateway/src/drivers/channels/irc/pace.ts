import { setTimeout as sleep } from 'node:timers/promises';

/** Servers put up with a few lines at once and one every two seconds from then on; whoever writes more is thrown out. */
const AT_ONCE = 5;
const EACH_MS = 2_000;

/** Waits, in order, until another line may be written. Rejects when the signal ends it. */
export const pace = (signal: AbortSignal): (() => Promise<void>) => {
  /** When all that was written will be forgiven. */
  let until = 0;
  return async () => {
    const now = performance.now();
    until = Math.max(until, now) + EACH_MS;
    const wait = until - now - AT_ONCE * EACH_MS;
    if (wait > 0) await sleep(wait, undefined, { signal });
    signal.throwIfAborted();
  };
};
