import type { Sql } from '../../../engine/ports/sql.ts';
import type { StepUsage, StoredCaller } from '../../../engine/ports/turn-records.ts';

/**
 * What a transaction used is one appended row: turns that commit side by side never wait for each other over a sum. `usage-sums.ts` takes the
 * rows up.
 */
export interface UsageEntry {
  readonly at: number;
  readonly workspace: string;
  readonly agent: string;
  readonly caller: string;
  readonly user_id: string | null;
  /** Empty for a message that came in. */
  readonly model: string;
  readonly messages: number;
  readonly replies: number;
  readonly latency_ms: number;
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  /** Whole numbers add up to the same whatever the order. */
  readonly cost_nanousd: number;
  readonly unpriced_calls: number;
  readonly unpriced_messages: number;
}

/** As much of a turn as says whose usage it is; kept with the turn, for its session may be deleted before it ends. */
export interface UsedBy {
  readonly id: string;
  readonly workspace: string | null;
  readonly agent: string | null;
  readonly user_id: string | null;
  readonly caller: string;
}

export const NANO_USD = 1_000_000_000;

export const noteMessage = async (sql: Sql, turn: Omit<UsedBy, 'id' | 'caller'> & { readonly caller: StoredCaller }, at: number): Promise<void> => {
  await sql.run(
    `INSERT INTO usage_entries (at, workspace, agent, caller, user_id, messages) VALUES (?, ?, ?, ?, ?, 1)`,
    at, turn.workspace, turn.agent, turn.caller.id, turn.user_id,
  );
};

export interface Used {
  readonly at: number;
  readonly usage: StepUsage | undefined;
  /** The answer that ended the turn. */
  readonly reply?: { readonly model: string; readonly latencyMs: number } | undefined;
}

export const noteUsage = async (sql: Sql, turn: UsedBy, { at, usage, reply }: Used): Promise<void> => {
  if (!usage && !reply) return;
  const unpriced = usage !== undefined && usage.costUSD === undefined;
  // A turn is counted with its first call that has no price.
  const first = unpriced && (await sql.run('UPDATE turns SET unpriced = 1 WHERE id = ? AND unpriced = 0', turn.id)) > 0;
  // Columns hold only what JSON.stringify put there.
  const caller = JSON.parse(turn.caller) as StoredCaller;
  await sql.run(
    `INSERT INTO usage_entries (at, workspace, agent, caller, user_id, model, replies, latency_ms, calls,
       input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_nanousd, unpriced_calls, unpriced_messages)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    at, turn.workspace ?? 'main', usage?.agent ?? turn.agent ?? 'main', caller.id, turn.user_id, usage?.model ?? reply?.model ?? '',
    reply ? 1 : 0, reply?.latencyMs ?? 0, usage ? 1 : 0,
    usage?.inputTokens ?? 0, usage?.outputTokens ?? 0, usage?.cacheReadTokens ?? 0, usage?.cacheWriteTokens ?? 0,
    Math.round((usage?.costUSD ?? 0) * NANO_USD), unpriced ? 1 : 0, first ? 1 : 0,
  );
};
