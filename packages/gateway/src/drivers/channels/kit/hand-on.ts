import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelContext, InboundMessage } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

export interface HandingOn {
  /** `taken` is called when the message is stored. */
  add(message: InboundMessage, taken?: () => void): void;
  readonly waiting: number;
  /** Ends it; what was not taken is not handed on any more. */
  stop(): Promise<void>;
}

/** For services that tell a message once in a connection: one after the other, each as often as it takes, and what follows waits. */
export const handOn = (channel: string, { received }: Pick<ChannelContext, 'received'>, log: Log): HandingOn => {
  const queue: { readonly message: InboundMessage; readonly taken: (() => void) | undefined }[] = [];
  const stopped = new AbortController();
  let working: Promise<void> | undefined;

  const work = async (): Promise<void> => {
    for (let [next] = queue; next && !stopped.signal.aborted; [next] = queue) {
      for (let failures = 0; !stopped.signal.aborted; failures++) {
        try {
          await received(next.message);
          queue.shift();
          next.taken?.();
          break;
        } catch (thrown) {
          log('warn', 'a message could not be taken; it is handed on again', { channel, cause: String(thrown) });
          await sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal: stopped.signal }).catch(() => {});
        }
      }
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
