import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../kernel/log.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

interface By {
  readonly channel: string;
  readonly log: Log;
  /** Ends it; what was not taken is not handed on any more. */
  readonly signal: AbortSignal;
}

/** Hands something on as often as it takes; whether it was taken before the end. */
export const handOn = async (take: () => Promise<void>, { channel, log, signal }: By): Promise<boolean> => {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await take();
      return true;
    } catch (thrown) {
      log('warn', 'a message could not be taken; it is handed on again', { channel, cause: String(thrown) });
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => {});
    }
  }
  return false;
};
