import type { Database } from '../../../engine/ports/sql.ts';
import type { Store } from '../../../engine/ports/store.ts';
import type { UsageStore } from '../../../engine/ports/usage-store.ts';
import type { usageTransactions } from './usage-transactions.ts';

/** Turns after which what they used is taken up though nobody asks, so that whoever asks need not wait for much. */
const FOLD_EVERY = 500;

/** A store with its part about what was used: taken up before anything of it is read, so that a read is exact. */
export const withUsage = (database: Database<typeof usageTransactions>, rest: Omit<Store, keyof UsageStore | 'onTold'>): Omit<Store, 'onTold'> => {
  const fold = foldingOf(database);
  let turns = 0;
  return {
    ...rest,
    acceptTurn: (turn, startNow) => {
      // What could not be taken up now waits for the next time.
      if (++turns % FOLD_EVERY === 0) void fold().catch(() => {});
      return rest.acceptTurn(turn, startNow);
    },
    sweep: async (now) => {
      await rest.sweep(now);
      await fold();
    },
    usageByDay: async (bounds, workspaces) => {
      await fold();
      return database.read('usageByDay', { bounds, workspaces });
    },
    usageByWorkspace: async (query) => {
      await fold();
      return database.read('usageByWorkspace', query);
    },
    usageByUser: async (query) => {
      await fold();
      return database.read('usageByUser', query);
    },
    usageByModel: async (query) => {
      await fold();
      return database.read('usageByModel', query);
    },
    usageSince: async (at, workspaces) => {
      await fold();
      return database.read('usageSince', { at, workspaces });
    },
    spent: async (budgets) => {
      await fold();
      return database.read('spent', budgets);
    },
    warnOfBudget: (warning) => database.write('warnOfBudget', warning),
  };
};

/** Takes everything up that is committed. Those who ask while it is done share the one after: theirs must see what they wrote before. */
const foldingOf = (database: Database<typeof usageTransactions>): (() => Promise<void>) => {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    await running?.catch(() => {});
    running = next;
    next = undefined;
    while (await database.write('foldUsage', undefined));
  };
  return () => (next ??= start());
};
