import type { Sql } from '../../../engine/ports/sql.ts';
import type { KeptImage, MessageSource, StepUsage } from '../../../engine/ports/turn-records.ts';
import { insertDeliveries, type ToldEvent } from './webhook-rows.ts';

/** What a new row of the journal holds; columns left out are null. */
export interface NewMessage {
  readonly id: string;
  readonly turnId: string;
  readonly role: 'user' | 'assistant' | 'tool' | 'summary';
  readonly text: string;
  readonly toolCalls?: string;
  readonly opaque?: string;
  readonly usage?: StepUsage;
  readonly call?: { readonly id: string; readonly tool: string; readonly input: string; readonly effect: string };
  readonly coversUpTo?: number;
  readonly source?: MessageSource | undefined;
  readonly images?: readonly KeptImage[] | undefined;
}

/** Where a row goes: turns follow each other by `turnSeq`, the number of their first message; rows of a turn by `seq`. */
export interface Place {
  readonly sessionId: string;
  readonly turnSeq: number;
  readonly seq: number;
}

export const insertMessage = async (sql: Sql, place: Place, now: number, message: NewMessage): Promise<void> => {
  const { usage, call } = message;
  await sql.run(
    `INSERT INTO messages (session_id, turn_seq, seq, id, turn_id, role, text, tool_calls, opaque, call_id, tool, tool_input, effect, state,
       model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd, latency_ms, covers_up_to, source, images, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    place.sessionId, place.turnSeq, place.seq, message.id, message.turnId, message.role, message.text,
    message.toolCalls ?? null, message.opaque ?? null,
    call?.id ?? null, call?.tool ?? null, call?.input ?? null, call?.effect ?? null, call ? 'started' : null,
    usage?.model ?? null, usage?.inputTokens ?? null, usage?.outputTokens ?? null, usage?.cacheReadTokens ?? null,
    usage?.cacheWriteTokens ?? null, usage?.costUSD ?? null, usage?.latencyMs ?? null, message.coversUpTo ?? null,
    message.source ? JSON.stringify(message.source) : null, imagesColumn(message.images), now,
  );
};

/** None is null, as in rows of before there were any. */
export const imagesColumn = (images: readonly KeptImage[] = []): string | null => (images.length > 0 ? JSON.stringify(images) : null);

/** Reserves the next `rows` numbers of a session's journal and adds what they took; resolves to the last number. */
export const advanceSession = async (
  sql: Sql,
  sessionId: string,
  change: { readonly rows: number; readonly messages: number; readonly usage: StepUsage | undefined; readonly now: number },
): Promise<number | undefined> => {
  const { usage } = change;
  const row = await sql.one<{ last_seq: number }>(
    `UPDATE sessions SET last_seq = last_seq + ?, message_count = message_count + ?, last_active_at = ?,
       input_tokens = input_tokens + ?, output_tokens = output_tokens + ?, cache_read_tokens = cache_read_tokens + ?,
       cache_write_tokens = cache_write_tokens + ?, cost_usd = cost_usd + ?, unpriced_steps = unpriced_steps + ?
     WHERE id = ? RETURNING last_seq`,
    change.rows, change.messages, change.now,
    usage?.inputTokens ?? 0, usage?.outputTokens ?? 0, usage?.cacheReadTokens ?? 0, usage?.cacheWriteTokens ?? 0,
    usage?.costUSD ?? 0, usage && usage.costUSD === undefined ? 1 : 0, sessionId,
  );
  return row?.last_seq;
};

/** What happened, and a delivery of it for whoever is to be told, in one transaction. */
export const insertEvent = async (sql: Sql, event: ToldEvent): Promise<void> => {
  const json = JSON.stringify(event.data);
  await sql.run('INSERT INTO events (id, type, at, session_key, data) VALUES (?, ?, ?, ?, ?)', event.id, event.type, event.at, event.sessionKey, json);
  await insertDeliveries(sql, event, { json });
};
