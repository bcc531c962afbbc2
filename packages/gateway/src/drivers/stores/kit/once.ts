import { GatewayError } from '@openclaw/contract/errors';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { Once } from '../../../engine/ports/once.ts';
import type { StoredAnswer } from '../../../engine/ports/store.ts';

interface AnswerRow {
  hash: string;
  ref: string;
  answer: string | null;
}

const find = (sql: Sql, scope: string, key: string): Promise<AnswerRow | undefined> =>
  sql.one<AnswerRow>('SELECT hash, ref, answer FROM answers WHERE scope = ? AND key = ?', scope, key);

/** Claims an idempotency key for `ref`. Resolves to the earlier ref when the same request claimed it before and that has not expired. */
export const keepOnce = async (sql: Sql, once: Once, ref: string, now: number): Promise<string | undefined> => {
  const kept = await sql.run(
    `INSERT INTO answers (scope, key, hash, ref, expires_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (scope, key) DO UPDATE SET hash = excluded.hash, ref = excluded.ref, answer = NULL, expires_at = excluded.expires_at
     WHERE answers.expires_at <= ?`,
    once.scope, once.key, once.hash, ref, once.expiresAt, now,
  );
  if (kept > 0) return undefined;
  const earlier = await find(sql, once.scope, once.key);
  if (earlier?.hash !== once.hash) {
    throw new GatewayError('idempotency_conflict', 'This Idempotency-Key was used for another request; use a new key');
  }
  return earlier.ref;
};

const findAnswer = async (sql: Sql, { scope, key, now }: { scope: string; key: string; now: number }): Promise<StoredAnswer | undefined> => {
  const row = await sql.one<AnswerRow>('SELECT hash, ref, answer FROM answers WHERE scope = ? AND key = ? AND expires_at > ?', scope, key, now);
  return row && { hash: row.hash, ref: row.ref, answer: row.answer ?? undefined };
};

const recordAnswer = async (sql: Sql, { once, answer }: { once: Once; answer: string }): Promise<void> => {
  await sql.run('UPDATE answers SET answer = ? WHERE scope = ? AND key = ? AND hash = ?', answer, once.scope, once.key, once.hash);
};

export const onceTransactions = { findAnswer, recordAnswer };
