import { getStats, modelStats, userStats, workspaceStats } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';

const Stats = getStats.output;
const StatsTotals = Stats.shape.totals;
const StatsOfDay = Stats.shape.byDay.element;
const WorkspaceStats = workspaceStats.output.shape.workspaces.element;
const UserStats = userStats.output.shape.users.element;
const ModelStats = modelStats.output.shape.models.element;

const { from, to, timezone, workspace } = getStats.input.shape;
const range = z.object({
  from: from.describe('The first day, from its midnight; the first of the month unless told.'),
  to: to.describe('The last day, and part of it; today unless told.'),
  timezone: timezone.describe('Where midnight is; the time zone of the agent unless told.'),
  workspace: workspace.describe('Only this workspace; without one, all that the credential may enter.'),
});
const { limit, offset } = workspaceStats.input.shape;
const page = range.extend({ limit, offset });

const period = { from: '2026-04-01', to: '2026-04-30', timezone: 'Europe/Berlin' };
const totals = {
  messages: 4821, replies: 4790, modelCalls: 6120, tokensIn: 2_840_000, tokensOut: 8_920_000, cacheReadTokens: 0, cacheWriteTokens: 0, costUSD: 24.8, unpricedMessages: 0, avgLatencyMs: 1840,
};
const ofOneDay = {
  messages: 142, replies: 142, modelCalls: 160, tokensIn: 90_000, tokensOut: 280_000, cacheReadTokens: 0, cacheWriteTokens: 0, costUSD: 0.8, unpricedMessages: 0, avgLatencyMs: 1790,
};
const { messages: _, ...ofModel } = totals;
const one = { total: 1, limit: 50, offset: 0 };

export const statsDescribed: PartDescription = {
  schemas: {
    Stats, StatsTotals, StatsOfDay, WorkspaceStats, UserStats, ModelStats, WorkspaceStatsList: workspaceStats.output, UserStatsList: userStats.output, ModelStatsList: modelStats.output,
  },
  routes: {
    'GET /api/v1/stats': {
      id: 'getStats',
      tag: 'Statistics',
      query: range,
      reply: Stats,
      examples: { reply: { period, totals: { ...totals, uniqueUsers: 38 }, byDay: [{ date: '2026-04-01', ...ofOneDay }] } },
    },
    'GET /api/v1/stats/workspaces': {
      id: 'getWorkspaceStats',
      tag: 'Statistics',
      summary: 'Statistics by workspace, those with the most messages first.',
      query: page,
      reply: workspaceStats.output,
      examples: { reply: { period, workspaces: [{ workspace: 'team', ...totals }], ...one } },
    },
    'GET /api/v1/stats/users': {
      id: 'getUserStats',
      tag: 'Statistics',
      summary: 'Statistics by user, those with the most messages first. Messages that named no user are in no row.',
      query: page,
      reply: userStats.output,
      examples: { reply: { period, users: [{ userId: 'api-user', ...totals }], ...one } },
    },
    'GET /api/v1/stats/models': {
      id: 'getModelStats',
      tag: 'Statistics',
      summary: 'Statistics by model, those with the most calls first.',
      query: page,
      reply: modelStats.output,
      examples: { reply: { period, models: [{ model: 'anthropic/claude-sonnet-4', ...ofModel }], ...one } },
    },
  },
};
