import { named } from '@openclaw/client';
import type { getStats, modelStats, OutputOf, StatsFigures, userStats, workspaceStats } from '@openclaw/contract';
import type { CliHost } from '../host.ts';
import { facts } from '../kit/facts.ts';
import { grouped, money, seconds } from '../kit/figures.ts';
import { paint } from '../kit/paint.ts';
import { type Column, table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly timezone?: string;
  readonly workspace?: string;
  readonly by: 'day' | 'workspace' | 'user' | 'model';
  readonly limit: number;
  readonly json?: boolean;
}

const TOTALS = named<typeof getStats>('stats.get');
const WORKSPACES = named<typeof workspaceStats>('stats.workspaces');
const USERS = named<typeof userStats>('stats.users');
const MODELS = named<typeof modelStats>('stats.models');

type Totals = OutputOf<typeof getStats>;

interface Line {
  readonly name: string;
  readonly figures: Omit<StatsFigures, 'messages'> & { readonly messages?: number };
}

/** `openclaw stats`: what was written and spent, and by whom. */
export const stats = async (host: CliHost, { by, limit, json = false, ...range }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const page = { ...range, limit: Math.min(Math.max(limit, 1), 200) };
  if (by === 'day') {
    const told = await client.call(TOTALS, range);
    if (json) return writeJson(told);
    summary(told);
    return show('DAY', told.byDay.map(({ date, ...figures }) => ({ name: date, figures })));
  }
  if (by === 'workspace') {
    const told = await client.call(WORKSPACES, page);
    if (json) return writeJson(told);
    return show('WORKSPACE', told.workspaces.map(({ workspace, ...figures }) => ({ name: workspace, figures })), told.total);
  }
  if (by === 'user') {
    const told = await client.call(USERS, page);
    if (json) return writeJson(told);
    return show('USER', told.users.map(({ userId, ...figures }) => ({ name: userId, figures })), told.total);
  }
  const told = await client.call(MODELS, page);
  if (json) return writeJson(told);
  show('MODEL', told.models.map(({ model, ...figures }) => ({ name: model, figures })), told.total);
};

const summary = ({ period, totals }: Totals): void => {
  const { messages, replies, tokensIn, tokensOut, cacheReadTokens, cacheWriteTokens, avgLatencyMs, uniqueUsers } = totals;
  const cache = cacheReadTokens + cacheWriteTokens > 0 ? `, ${grouped(cacheReadTokens)} from and ${grouped(cacheWriteTokens)} into the cache` : '';
  process.stdout.write(`${paint('bold', `${period.from} to ${period.to}`)} (${period.timezone})\n\n${facts([
    ['Messages', `${grouped(messages)}, ${grouped(replies)} answered`],
    ['Users', grouped(uniqueUsers)],
    ['Tokens', `${grouped(tokensIn)} in, ${grouped(tokensOut)} out${cache}`],
    ['Cost', cost(totals)],
    ['Latency', avgLatencyMs === null ? undefined : `${seconds(avgLatencyMs)} on average`],
  ])}\n`);
};

/** What is known of it, and how much is not. */
const cost = ({ costUSD, unpricedMessages }: Pick<StatsFigures, 'costUSD' | 'unpricedMessages'>): string => {
  if (unpricedMessages === 0) return money(costUSD);
  return `${costUSD === 0 ? '' : `${money(costUSD)} and `}${grouped(unpricedMessages)} of unknown price`;
};

const WIDEST_BAR = 24;

const show = (title: string, lines: readonly Line[], total = lines.length): void => {
  if (lines.length === 0) return void process.stdout.write('Nothing was written in these days.\n');
  // A message has no model until it is answered.
  const byReplies = lines.some(({ figures }) => figures.messages === undefined);
  const countOf = ({ figures }: Line): number => figures.messages ?? figures.replies;
  const most = Math.max(1, ...lines.map(countOf));
  const columns: Column[] = [
    { title, flexible: true }, { title: byReplies ? 'REPLIES' : 'MESSAGES', align: 'right' }, { title: 'TOKENS IN', align: 'right' },
    { title: 'TOKENS OUT', align: 'right' }, { title: 'COST', align: 'right' }, { title: 'LATENCY', align: 'right' },
    ...(process.stdout.isTTY ? [{ title: '' }] : []),
  ];
  const rows = lines.map((line) => {
    const { tokensIn, tokensOut, avgLatencyMs } = line.figures;
    const count = countOf(line);
    const bar = process.stdout.isTTY ? ['▇'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * WIDEST_BAR)))] : [];
    return [plainLine(line.name), grouped(count), grouped(tokensIn), grouped(tokensOut), cost(line.figures), avgLatencyMs === null ? '-' : seconds(avgLatencyMs), ...bar];
  });
  writeLines(table(columns, rows, process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > lines.length) process.stdout.write(`${grouped(total - lines.length)} more: --limit\n`);
};
