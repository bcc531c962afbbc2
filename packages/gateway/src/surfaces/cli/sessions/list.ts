import { named } from '@openclaw/client';
import type { listSessions, Session, SessionKind } from '@openclaw/contract';
import { ago, money, tokenCount } from '../kit/figures.ts';
import { type Page, readPages } from '../kit/pages.ts';
import { table } from '../kit/table.ts';
import { writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface ListFlags {
  readonly kind?: SessionKind;
  readonly workspace?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const LIST = named<typeof listSessions>('sessions.list');

export const sessionsList = async (host: CliHost, { json = false, limit, kind, workspace }: ListFlags): Promise<void> => {
  const { client } = await host.connect();
  const filters = { ...(kind && { kinds: [kind] }), ...(workspace !== undefined && { workspace }) };
  const ask = (page: Page) => client.call(LIST, { ...filters, ...page }).then(({ sessions, total }) => ({ rows: sessions, total }));
  const { rows: sessions, total } = await readPages(ask, { keyOf: ({ id }) => id, limit });
  if (json) return writeJson({ sessions, total });
  if (sessions.length === 0) return void process.stderr.write('There is no such session yet. Try: openclaw send "Hello"\n');
  writeLines(table(COLUMNS, sessions.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > sessions.length) process.stderr.write(`${sessions.length} of ${total}; --limit ${total} shows all\n`);
};

const COLUMNS = [
  { title: 'SESSION', flexible: true },
  { title: 'KIND' },
  { title: 'MESSAGES', align: 'right' },
  { title: 'TOKENS', align: 'right' },
  { title: 'COST', align: 'right' },
  { title: 'LAST ACTIVE' },
  { title: 'LABEL' },
] as const;

const toRow = ({ key, kind, messageCount, usage, lastActiveAt, label }: Session): readonly string[] => [
  key, kind, String(messageCount), String(tokenCount(usage)), usage.costUSD === null ? '-' : money(usage.costUSD), ago(lastActiveAt), label ?? '',
];
