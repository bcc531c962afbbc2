import { DatabaseSync } from 'node:sqlite';

/** 'oclw' in ASCII: tells our files from other SQLite databases. */
export const APPLICATION_ID = 0x6f636c77;

/** FULL: a commit is on the disk when it returns. The power-cut test must go red where it is not; this is how it asks for that. */
export const SYNCED = process.env['OPENCLAW_TEST_SYNCHRONOUS'] === 'NORMAL' ? 'NORMAL' : 'FULL';

/** How long the write-ahead log grows before it is taken into the database, in pages: long, because taking it in costs syncs of its own. */
export const LOG_PAGES = 8_000;

/** How long a connection waits for another one. */
export const BUSY_TIMEOUT_MS = 5_000;

/** The one connection that writes. */
export const openWriter = (file: string): DatabaseSync => {
  const connection = new DatabaseSync(file);
  // Before the log is switched on: then our mark is in the file itself, where it is looked for before anything is opened.
  if (connection.prepare('PRAGMA application_id').get()?.['application_id'] !== APPLICATION_ID) connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${SYNCED}; PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = ${LOG_PAGES}; PRAGMA journal_size_limit = 67108864`);
  return connection;
};

export const openReader = (file: string): DatabaseSync => {
  const connection = new DatabaseSync(file, { readOnly: true });
  connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA query_only = 1; PRAGMA cache_size = -4000`);
  return connection;
};
