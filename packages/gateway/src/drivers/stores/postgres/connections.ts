import pg from 'pg';
import type { Log } from '../../../kernel/log.ts';
import { StoreRefused } from '../kit/store-refused.ts';

/** Where our tables live: the database may be shared with other programs. */
export const SCHEMA = 'openclaw';

const INT8 = 20;
const NUMERIC = 1700;
/** Our integers are counts and epoch milliseconds: they fit a Number. For these connections only, not for the whole process. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format === 'binary' ? 'text' : format),
};

export interface ConnectionOptions {
  readonly url: string;
  readonly maxConnections?: number;
  readonly log?: Log;
}

/** Connections of this node to the database, shared by the store and the queue. `url` never leaves here: it holds the password. */
export const openPool = ({ url, maxConnections = 10, log }: ConnectionOptions): pg.Pool => {
  describeUrl(url);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'openclaw',
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    query_timeout: 60_000,
    // A node that hangs in the middle must not hold its locks against the others.
    idle_in_transaction_session_timeout: 20_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
    onConnect: async (client) => {
      await client.query(`SET search_path TO ${SCHEMA}`);
    },
  });
  pool.on('error', (error) => log?.('warn', 'a database connection was lost', { reason: error.message }));
  return pool;
};

/** The place a URL names, fit to be shown: without the password. */
export const describeUrl = (url: string): string => {
  try {
    const { protocol, hostname, port, pathname } = new URL(url);
    if (!/^postgres(ql)?:$/.test(protocol)) throw new Error('not a Postgres URL');
    return `${hostname || 'localhost'}:${port || '5432'}${pathname}`;
  } catch {
    // The parser's own error quotes the URL.
    throw new StoreRefused('the database URL cannot be read; it looks like postgres://user:password@host:5432/name');
  }
};
