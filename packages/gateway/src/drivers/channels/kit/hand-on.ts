import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelContext, InboundMessage } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

interface To extends Pick<ChannelContext, 'received'> {
  readonly channel: string;
  readonly log: Log;
  /** Ends it; what was not taken is not handed on any more. */
  readonly signal: AbortSignal;
}

/** Hands a message on as often as it takes; whether it was taken before the end. */
export const handOn = async (message: InboundMessage, { received, channel, log, signal }: To): Promise<boolean> => {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await received(message);
      return true;
    } catch (thrown) {
      log('warn', 'a message could not be taken; it is handed on again', { channel, cause: String(thrown) });
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => {});
    }
  }
  return false;
};

export interface HandingOn {
  /** `taken` is called when the message is stored. */
  add(message: InboundMessage, taken?: () => void): void;
  readonly waiting: number;
  stop(): Promise<void>;
}

/** For services that tell a message once in a connection: one after the other, and what follows waits. */
export const handOnInOrder = (to: Omit<To, 'signal'>): HandingOn => {
  const queue: { readonly message: InboundMessage; readonly taken: (() => void) | undefined }[] = [];
  const stopped = new AbortController();
  let working: Promise<void> | undefined;

  const work = async (): Promise<void> => {
    for (let [next] = queue; next && (await handOn(next.message, { ...to, signal: stopped.signal })); [next] = queue) {
      queue.shift();
      next.taken?.();
    }
    working = undefined;
  };

  return {
    add: (message, taken) => {
      queue.push({ message, taken });
      working ??= work();
    },
    get waiting() {
      return queue.length;
    },
    stop: async () => {
      stopped.abort();
      await working;
    },
  };
};
