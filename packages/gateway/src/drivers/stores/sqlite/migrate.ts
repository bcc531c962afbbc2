import type { DatabaseSync } from 'node:sqlite';
import type { Migration } from '../kit/schema.ts';

/** Brings the schema up to date; each step is one transaction. Refuses a database that a newer version has migrated. */
export const migrate = (connection: DatabaseSync, migrations: readonly Migration[]): void => {
  connection.exec('CREATE TABLE IF NOT EXISTS migrations (id TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)');
  const done = new Set(connection.prepare('SELECT id FROM migrations').all().map((row) => String(row['id'])));
  const known = new Set(migrations.map(({ id }) => id));
  const foreign = [...done].filter((id) => !known.has(id));
  if (foreign.length > 0) {
    throw new Error(`the database was migrated by a newer version (${foreign.join(', ')}); run that version, or restore a backup made by this one`);
  }
  for (const { id, statements } of migrations) {
    if (done.has(id)) continue;
    connection.exec('BEGIN IMMEDIATE');
    for (const statement of statements) {
      connection.exec(statement.replaceAll(/\{(event_)?seq\}/g, 'INTEGER PRIMARY KEY AUTOINCREMENT').replaceAll('{place}', 'INTEGER PRIMARY KEY').replaceAll('{real}', 'REAL').replaceAll('{by_key}', 'WITHOUT ROWID'));
    }
    connection.prepare('INSERT INTO migrations (id, applied_at) VALUES (?, ?)').run(id, Date.now());
    connection.exec('COMMIT');
  }
};
