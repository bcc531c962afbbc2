import type pg from 'pg';
import type { Sql, SqlValue } from '../../../engine/ports/sql.ts';
import { storable } from '../kit/storable.ts';

interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Each text is known by one name on every connection, so that a connection plans it once. */
const statements = new Map<string, Statement>();

const statementOf = (text: string): Statement => {
  const known = statements.get(text);
  if (known) return known;
  const fresh = { name: `openclaw_${statements.size + 1}`, text: numbered(text) };
  statements.set(text, fresh);
  return fresh;
};

/** `?` becomes `$1`, `$2`, … A text that holds numbered placeholders already is left alone. */
const numbered = (text: string): string => {
  let n = 0;
  return text.replaceAll('?', () => `$${++n}`);
};

/** SQL over one connection. */
export const postgresSql = (client: pg.ClientBase): Sql => {
  const query = <Row extends pg.QueryResultRow>(text: string, values: readonly SqlValue[]): Promise<pg.QueryResult<Row>> =>
    client.query<Row>({ ...statementOf(text), values: values.map(storable) });
  return {
    // The row shapes are the callers' to state; pg knows only "a record".
    all: async <Row>(text: string, ...values: SqlValue[]) => (await query(text, values)).rows as Row[],
    one: async <Row>(text: string, ...values: SqlValue[]) => (await query(text, values)).rows[0] as Row | undefined,
    run: async (text, ...values) => (await query(text, values)).rowCount ?? 0,
  };
};
