import { existsSync, writeFileSync } from 'node:fs';
import type { Database, Sql, Transactions } from '../../../engine/ports/sql.ts';
import { StoreRefused } from '../kit/store-refused.ts';
import { findDamage } from './damage.ts';
import { openReader } from './open-connection.ts';
import { holdAlone } from './single-process.ts';
import { openSqliteDatabase } from './sqlite-database.ts';
import { sqliteSql } from './sqlite-sql.ts';

export { backUpSqlite, verifySqlite } from './backup.ts';
export { StoreRefused } from '../kit/store-refused.ts';
export { serveDatabase } from './serve-database.ts';

/** Opens the embedded database of a state directory, for this process alone. */
export const openSqlite = async <Table extends Transactions>(options: {
  readonly file: string;
  readonly thread: URL;
  readonly transactions: Table;
}): Promise<Database<Table>> => {
  const { file } = options;
  const marker = `${file}.exists`;
  const letGo = holdAlone(`${file}.lock`);
  if (!letGo) throw new StoreRefused(`another gateway is running on ${file}; stop it, or give this one a state directory of its own (OPENCLAW_STATE_DIR)`);
  try {
    const damage = findDamage(file, marker);
    if (damage) {
      throw new StoreRefused(
        `${damage}. Nothing was changed. Keep a copy of ${file}* and restore a backup: openclaw backup restore <folder>`,
      );
    }
    const database = await openSqliteDatabase(file, options.thread, options.transactions).catch((thrown: unknown) => {
      throw new StoreRefused(`${file} cannot be opened: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    });
    if (!existsSync(marker)) writeFileSync(marker, 'This folder holds a database. While this file is here, a missing database is an error.\n', { mode: 0o600 });
    return {
      ...database,
      close: async () => {
        await database.close();
        letGo();
      },
    };
  } catch (thrown) {
    letGo();
    throw thrown;
  }
};

/** A database whose gateway may be stopped, for reading alone. */
export const readSqlite = (file: string): { readonly sql: Sql; close(): void } => {
  const connection = openReader(file);
  return { sql: sqliteSql(connection), close: () => connection.close() };
};
