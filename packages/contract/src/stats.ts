import { z } from 'zod';
import { operation } from './operation.ts';
import { Page, Usage, Workspace } from './sessions.ts';

export const usageToday = operation({
  name: 'usage.today',
  permission: 'stats:read',
  kind: 'read',
  summary: 'What models read, wrote and cost since midnight, in the time zone of the agent.',
  input: z.strictObject({}),
  output: z.object({ since: z.iso.datetime(), timezone: z.string(), modelCalls: z.number().int(), usage: Usage }),
});

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const StatsDate = z.iso.date('a date such as 2026-04-01');

/** Days from midnight to midnight. Without `from`: from the first of the month. Without `to`: up to today. `to` is part of it. */
const range = {
  from: StatsDate.optional(),
  to: StatsDate.optional(),
  /** Of these days; that of the agent where none is named. */
  timezone: z.string().max(64).refine(isTimeZone, 'a time zone such as Europe/Berlin').optional(),
  /** Without one: all that the caller may enter. */
  workspace: Workspace.optional(),
};

const figures = {
  /** Messages that came in: each is a turn. */
  messages: z.number().int(),
  /** Of them, those that were answered. */
  replies: z.number().int(),
  modelCalls: z.number().int(),
  tokensIn: z.number().int(),
  tokensOut: z.number().int(),
  cacheReadTokens: z.number().int(),
  cacheWriteTokens: z.number().int(),
  /** The sum of what has a price. */
  costUSD: z.number(),
  /** Messages whose answer took a model without a price: what they cost is in no sum. */
  unpricedMessages: z.number().int(),
  /** From message to answer; null where there was no answer. */
  avgLatencyMs: z.number().int().nullable(),
};

const Period = z.object({ from: z.iso.date(), to: z.iso.date(), timezone: z.string() });

const list = { total: z.number().int(), limit: z.number().int(), offset: z.number().int() };

export const StatsFigures = z.object(figures);
export type StatsFigures = z.infer<typeof StatsFigures>;

export const getStats = operation({
  name: 'stats.get',
  permission: 'stats:read',
  kind: 'read',
  summary: 'What was written, read and spent in a range of days, together and by day.',
  input: z.strictObject(range),
  output: z.object({
    period: Period,
    totals: z.object({ ...figures, uniqueUsers: z.number().int() }),
    byDay: z.array(z.object({ date: z.iso.date(), ...figures })),
  }),
});

export const workspaceStats = operation({
  name: 'stats.workspaces',
  permission: 'stats:read',
  kind: 'read',
  summary: 'The same by workspace, those with the most messages first.',
  input: z.strictObject({ ...range, ...Page.shape }),
  output: z.object({ period: Period, workspaces: z.array(z.object({ workspace: z.string(), ...figures })), ...list }),
});

export const userStats = operation({
  name: 'stats.users',
  permission: 'stats:read',
  kind: 'read',
  summary: 'The same by user, those with the most messages first. Messages that named no user are in no row.',
  input: z.strictObject({ ...range, ...Page.shape }),
  output: z.object({ period: Period, users: z.array(z.object({ userId: z.string(), ...figures })), ...list }),
});

export const modelStats = operation({
  name: 'stats.models',
  permission: 'stats:read',
  kind: 'read',
  summary: 'Replies, calls, tokens and cost by model, those with the most calls first.',
  input: z.strictObject({ ...range, ...Page.shape }),
  // A message has no model until it is answered.
  output: z.object({ period: Period, models: z.array(z.object({ model: z.string(), ...figures }).omit({ messages: true })), ...list }),
});
