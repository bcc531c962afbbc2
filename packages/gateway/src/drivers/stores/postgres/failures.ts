import { GatewayError } from '@openclaw/contract/errors';
import { StaleHold } from '../../../engine/ports/channel-store.ts';
import { StaleFence } from '../../../engine/ports/turn-records.ts';

/** Postgres' five-letter state, or the operating system's name of a broken connection. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';

const DISK_FULL = '53100';
const CONFLICTS = new Set(['40001', '40P01', '55P03']);
/** The plan a connection remembers no longer fits a table that a newer node has migrated; a new connection plans anew. */
const STALE_PLAN = '0A000';
const READ_ONLY = '25006';
const AWAY = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT',
]);
/** What pg says without a code. */
const AWAY_MESSAGE = /Connection terminated|Connection ended|timeout exceeded when trying to connect|read timeout|Client has encountered a connection error|not queryable|Cannot use a pool after|server closed the connection/i;

/** The connection, or the server behind it, is gone or going: 08 connection, 53 resources, 57P shutdown, 58 the system, 28 and 3D at login. */
const isAway = (thrown: unknown): boolean => {
  const code = codeOf(thrown);
  if (/^(08|53|57P|58|28|3D)/.test(code) || AWAY.has(code) || code === READ_ONLY) return true;
  return thrown instanceof Error && (AWAY_MESSAGE.test(thrown.message) || thrown instanceof AggregateError);
};

/** It may be there in a moment, as it is. A password, or a database that there is not, is somebody's to put right. */
export const isNotThereYet = (thrown: unknown): boolean => isAway(thrown) && !/^(28|3D)/.test(codeOf(thrown));

export const reasonOf = (thrown: unknown): string => {
  if (thrown instanceof AggregateError) return thrown.errors.map(reasonOf).join('; ');
  return thrown instanceof Error ? thrown.message : String(thrown);
};

/** The transaction did nothing, and doing it again may work. */
export const mayTryAgain = (thrown: unknown): boolean => {
  const code = codeOf(thrown);
  return code !== DISK_FULL && (CONFLICTS.has(code) || isStalePlan(thrown) || isAway(thrown));
};

const isStalePlan = (thrown: unknown): boolean => codeOf(thrown) === STALE_PLAN && thrown instanceof Error && thrown.message.includes('cached plan');

/** The connection must not be used again. */
export const spoilsConnection = (thrown: unknown): boolean => isAway(thrown) || isStalePlan(thrown);

/** What the store's callers are told. Faults in our own statements stay what they are: trying again would not help. */
export const toStoreError = (thrown: unknown): unknown => {
  if (thrown instanceof GatewayError || thrown instanceof StaleFence || thrown instanceof StaleHold) return thrown;
  if (codeOf(thrown) === DISK_FULL) {
    return new GatewayError('storage_full', "The database's disk is full; free some space and try again", { retryAfterSeconds: 5 }, thrown);
  }
  if (mayTryAgain(thrown)) return new GatewayError('store_unavailable', 'The database takes no requests now', { retryAfterSeconds: 5 }, thrown);
  return thrown;
};
