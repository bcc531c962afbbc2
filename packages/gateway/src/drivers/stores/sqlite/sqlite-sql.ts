import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Sql } from '../../../engine/ports/sql.ts';
import { storable } from '../kit/storable.ts';

/** SQL over one connection; each statement is compiled once. */
export const sqliteSql = (connection: DatabaseSync): Sql => {
  const compiled = new Map<string, StatementSync>();
  const statement = (text: string): StatementSync => {
    const known = compiled.get(text);
    if (known) return known;
    const fresh = connection.prepare(text);
    compiled.set(text, fresh);
    return fresh;
  };
  // The row shapes are the callers' to state; node:sqlite knows only "a record".
  return {
    all: async <Row>(text: string, ...values: (string | number | null)[]) => statement(text).all(...values.map(storable)) as Row[],
    one: async <Row>(text: string, ...values: (string | number | null)[]) => statement(text).get(...values.map(storable)) as Row | undefined,
    run: async (text, ...values) => Number(statement(text).run(...values.map(storable)).changes),
  };
};
