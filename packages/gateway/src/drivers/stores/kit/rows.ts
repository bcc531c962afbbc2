import type { Message, Reply, Session, SessionKind, TaskStatus, TurnContext, TurnOptions, TurnState, Usage } from '@openclaw/contract';
import type { ModelToolCall, Opaque } from '../../../engine/ports/model.ts';
import type { TaskRecord } from '../../../engine/ports/task-records.ts';
import type { Duties, JournalStep, KeptImage, MessageSource, StepUsage, StoredCaller, TranscriptEntry, TurnRecord } from '../../../engine/ports/turn-records.ts';
import type { ToolEffect } from '../../../engine/ports/tool.ts';

// Rows are trusted: nothing but the transactions in this folder writes these tables, from values that were parsed at the door.

interface UsageColumns {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
}

export interface SessionRow extends UsageColumns {
  id: string;
  key: string;
  kind: SessionKind;
  label: string | null;
  agent: string;
  workspace: string;
  user_id: string | null;
  channel: string;
  created_at: number;
  last_active_at: number;
  message_count: number;
  last_seq: number;
  summaries: number;
  cost_usd: number;
  unpriced_steps: number;
}

export interface TurnRow {
  id: string;
  session_id: string;
  session_key: string;
  seq: number;
  state: TurnState;
  execution: string | null;
  context: string;
  options: string;
  caller: string;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  attempts: number;
  crashes: number;
  cancel_requested: number;
  workspace: string | null;
  agent: string | null;
  user_id: string | null;
  reply: string | null;
  error_code: string | null;
  error_message: string | null;
  retry_at: number | null;
  task_id: string | null;
  duties: string | null;
}

/** A task with what its turn knows of it. */
export interface TaskRow extends Pick<TurnRow, 'session_id' | 'session_key' | 'options' | 'created_at' | 'started_at' | 'ended_at' | 'error_code' | 'error_message'> {
  id: string;
  turn_id: string;
  workspace: string;
  status: TaskStatus;
  origin: string;
  caller: string;
  label: string | null;
  working_directory: string | null;
  prompt: string;
}

/** As much of a turn as its end needs: what was just written of it can be long. */
const AT_ITS_END = ['id', 'session_id', 'session_key', 'seq', 'started_at', 'task_id', 'workspace', 'agent', 'user_id', 'caller', 'duties', 'context'] as const satisfies readonly (keyof TurnRow)[];

export type EndedTurn = Pick<TurnRow, (typeof AT_ITS_END)[number]>;

/** Its columns. */
export const ENDED = AT_ITS_END.join(', ');

export interface MessageRow extends Nullable<UsageColumns> {
  seq: number;
  id: string;
  turn_id: string;
  role: 'user' | 'assistant' | 'tool' | 'summary';
  text: string;
  tool_calls: string | null;
  opaque: string | null;
  call_id: string | null;
  tool: string | null;
  tool_input: string | null;
  effect: ToolEffect | null;
  state: 'started' | 'done' | 'failed' | 'interrupted' | null;
  model: string | null;
  cost_usd: number | null;
  latency_ms: number | null;
  source: string | null;
  images: string | null;
  created_at: number;
}

type Nullable<T> = { [Key in keyof T]: T[Key] | null };

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
/** Columns hold only what JSON.stringify put there. */
const parse = <Value>(json: string): Value => JSON.parse(json) as Value;

const toUsage = (row: UsageColumns, costUSD: number | null): Usage => ({
  inputTokens: row.input_tokens,
  outputTokens: row.output_tokens,
  cacheReadTokens: row.cache_read_tokens,
  cacheWriteTokens: row.cache_write_tokens,
  costUSD,
});

export const toSession = (row: SessionRow): Session => ({
  id: row.id,
  key: row.key,
  kind: row.kind,
  label: row.label,
  agent: row.agent,
  workspace: row.workspace,
  userId: row.user_id,
  channel: row.channel,
  createdAt: iso(row.created_at),
  lastActiveAt: iso(row.last_active_at),
  messageCount: row.message_count,
  // A sum with an unknown in it is unknown.
  usage: toUsage(row, row.unpriced_steps > 0 ? null : row.cost_usd),
});

export const toTurn = (row: TurnRow): TurnRecord => ({
  id: row.id,
  sessionId: row.session_id,
  sessionKey: row.session_key,
  seq: row.seq,
  state: row.state,
  context: parse<TurnContext>(row.context),
  options: parse<TurnOptions>(row.options),
  caller: parse<StoredCaller>(row.caller),
  createdAt: row.created_at,
  startedAt: row.started_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  attempts: row.attempts,
  cancelRequested: row.cancel_requested !== 0,
  reply: row.reply === null ? undefined : parse<Reply>(row.reply),
  error: toFailure(row),
  retryAt: row.retry_at ?? undefined,
  duties: row.duties === null ? undefined : parse<Duties>(row.duties),
});

const toFailure = ({ error_code: code, error_message: message }: Pick<TurnRow, 'error_code' | 'error_message'>): TurnRecord['error'] =>
  code === null ? undefined : { code, message: message ?? '' };

export const toTask = (row: TaskRow): TaskRecord => ({
  id: row.id,
  turnId: row.turn_id,
  sessionId: row.session_id,
  sessionKey: row.session_key,
  workspace: row.workspace,
  status: row.status,
  prompt: row.prompt,
  label: row.label ?? undefined,
  options: parse<TurnOptions>(row.options),
  workingDirectory: row.working_directory ?? undefined,
  caller: row.caller,
  origin: row.origin,
  createdAt: row.created_at,
  startedAt: row.started_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  error: toFailure(row),
});

export const toMessage = (row: MessageRow): Message => ({
  id: row.id,
  turnId: row.turn_id,
  seq: row.seq,
  role: row.role,
  text: row.role === 'tool' ? '' : row.text,
  ...(row.role === 'tool' && {
    toolCall: {
      id: row.call_id ?? '',
      tool: row.tool ?? '',
      input: row.tool_input === null ? null : parse<unknown>(row.tool_input),
      state: row.state ?? 'started',
      output: row.state === 'started' ? null : row.text,
    },
  }),
  ...(row.model !== null && { model: row.model }),
  ...(row.input_tokens !== null && { usage: toUsage(zeroed(row), row.cost_usd) }),
  ...(row.latency_ms !== null && { latencyMs: row.latency_ms }),
  createdAt: isoOrNull(row.created_at) ?? '',
});

const zeroed = (row: Nullable<UsageColumns>): UsageColumns => ({
  input_tokens: row.input_tokens ?? 0,
  output_tokens: row.output_tokens ?? 0,
  cache_read_tokens: row.cache_read_tokens ?? 0,
  cache_write_tokens: row.cache_write_tokens ?? 0,
});

const toStepUsage = (row: MessageRow): StepUsage | undefined => {
  if (row.input_tokens === null) return undefined;
  const { costUSD, ...usage } = toUsage(zeroed(row), row.cost_usd);
  return { ...usage, model: row.model ?? '', costUSD: costUSD ?? undefined, latencyMs: row.latency_ms ?? 0 };
};

export const toImages = (images: string | null): readonly KeptImage[] => (images === null ? [] : parse<KeptImage[]>(images));

export const toTranscriptEntry = (row: MessageRow): TranscriptEntry => {
  const base = { seq: row.seq, turnId: row.turn_id };
  if (row.role === 'assistant') {
    return {
      ...base,
      role: 'assistant',
      id: row.id,
      text: row.text,
      toolCalls: row.tool_calls === null ? [] : parse<ModelToolCall[]>(row.tool_calls),
      opaque: row.opaque === null ? undefined : parse<Opaque>(row.opaque),
      usage: toStepUsage(row),
    };
  }
  if (row.role === 'tool') {
    return {
      ...base,
      role: 'tool',
      callId: row.call_id ?? '',
      tool: row.tool ?? '',
      effect: row.effect ?? 'once',
      state: row.state ?? 'started',
      output: row.text,
    };
  }
  if (row.role === 'summary') return { ...base, role: row.role, text: row.text };
  const { source, images } = row;
  return { ...base, role: row.role, text: row.text, ...(source !== null && { source: parse<MessageSource>(source) }), ...(images !== null && { images: toImages(images) }) };
};

/** The rows of one turn, in order, as its steps: each message of the model with the calls it made. */
export const toJournal = (rows: readonly MessageRow[]): JournalStep[] =>
  rows.flatMap((row, i) => {
    if (row.role !== 'assistant') return [];
    const after = rows.slice(i + 1);
    const next = after.findIndex(({ role }) => role === 'assistant');
    const calls = after.slice(0, next === -1 ? undefined : next).filter(({ role }) => role === 'tool');
    return [{ message: row.id, text: row.text, calls: calls.map(toJournalCall) }];
  });

const toJournalCall = (row: MessageRow): JournalStep['calls'][number] => ({
  id: row.call_id ?? '',
  tool: row.tool ?? '',
  input: row.tool_input === null ? null : parse<unknown>(row.tool_input),
  output: row.state === 'started' ? undefined : row.text,
  isError: row.state !== 'done',
});
