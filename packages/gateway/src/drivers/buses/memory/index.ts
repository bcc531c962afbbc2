import type { EventBus, Signal } from '../../../engine/ports/event-bus.ts';
import type { Log } from '../../../kernel/log.ts';

/** Signals within one process, delivered at once. */
export const openMemoryBus = (log: Log): EventBus => {
  const listeners = new Set<(signal: Signal) => void>();
  return {
    publish: (signal) => {
      for (const listener of listeners) {
        try {
          listener(signal);
        } catch (thrown) {
          log('error', 'a listener failed', { cause: thrown instanceof Error ? thrown.stack : String(thrown) });
        }
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => listeners.clear(),
  };
};
