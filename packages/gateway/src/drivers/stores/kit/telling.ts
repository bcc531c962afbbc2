import type { Database, Sql, Transaction, Transactions } from '../../../engine/ports/sql.ts';

/** Transactions that have made something to be told of, until they are over. */
const telling = new WeakSet<Sql>();

/** There is something that others are to be told of when this transaction is committed. */
export const noteTelling = (sql: Sql): void => void telling.add(sql);

/** What a transaction answers then: it crosses threads, so it is data. */
interface Told {
  readonly $told: true;
  readonly output?: unknown;
}

const isTold = (answer: unknown): answer is Told => typeof answer === 'object' && answer !== null && '$told' in answer;

/** Transactions whose answers say so where there is something to be told. They are to be asked through `hearing`. */
export const thatTell = <Table extends Transactions>(table: Table): Table =>
  // Of the same names, and read with the same types: `hearing` takes away what is put around an answer here.
  Object.fromEntries(Object.entries(table).map(([name, run]) => [name, saying(run)])) as unknown as Table;

const saying = (run: Transaction): Transaction => async (sql, input) => {
  try {
    const output = await run(sql, input);
    return telling.has(sql) ? { $told: true, output } : output;
  } finally {
    telling.delete(sql);
  }
};

/** A database whose writes are listened to: `told` is called when one has made something to be told of, and before its caller goes on. */
export const hearing = <Table extends Transactions>(database: Database<Table>, told: () => void): Database<Table> => ({
  write: async (name, input) => {
    const answer: unknown = await database.write(name, input);
    if (!isTold(answer)) return answer as never;
    told();
    // Put there by `thatTell` around the answer of this very transaction.
    return answer.output as never;
  },
  read: (name, input) => database.read(name, input),
  close: () => database.close(),
});
