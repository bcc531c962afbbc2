import { type Client, named } from '@openclaw/client';
import type { listSessions, Session, SessionKind } from '@openclaw/contract';
import { ago, money, tokenCount } from '../kit/figures.ts';
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
const PAGE = 200;

export const sessionsList = async (host: CliHost, { json = false, ...wanted }: ListFlags): Promise<void> => {
  const { client } = await host.connect();
  const { sessions, total } = await collect(client, wanted);
  if (json) return writeJson({ sessions, total });
  if (sessions.length === 0) return void process.stderr.write('There is no such session yet. Try: openclaw send "Hello"\n');
  writeLines(table(COLUMNS, sessions.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > sessions.length) process.stderr.write(`${sessions.length} of ${total}; --limit ${total} shows all\n`);
};

const collect = async (client: Client, { kind, workspace, limit }: Omit<ListFlags, 'json'>): Promise<{ sessions: readonly Session[]; total: number }> => {
  const found = new Map<string, Session>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await client.call(LIST, { limit: Math.min(PAGE, limit), offset, ...(kind && { kinds: [kind] }), ...(workspace !== undefined && { workspace }) });
    // While this goes on a session may come to the front, and be met a second time.
    for (const session of page.sessions) found.set(session.id, session);
    if (found.size >= limit || page.sessions.length < PAGE) return { sessions: [...found.values()].slice(0, limit), total: page.total };
  }
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
