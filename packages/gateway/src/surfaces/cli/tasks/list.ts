import { named } from '@openclaw/client';
import type { listTasks, Task, TaskStatus } from '@openclaw/contract';
import { ago, seconds } from '../kit/figures.ts';
import { type Page, readPages } from '../kit/pages.ts';
import { table } from '../kit/table.ts';
import { writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface ListFlags {
  readonly status?: TaskStatus;
  readonly from?: string;
  readonly to?: string;
  readonly search?: string;
  readonly workspace?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const LIST = named<typeof listTasks>('tasks.list');

export const tasksList = async (host: CliHost, { json = false, limit, status, ...filters }: ListFlags): Promise<void> => {
  const { client } = await host.connect();
  const ask = (page: Page) => client.call(LIST, { ...filters, ...(status && { status: [status] }), ...page }).then(({ tasks, total }) => ({ rows: tasks, total }));
  const { rows: tasks, total } = await readPages(ask, { keyOf: ({ id }) => id, limit });
  if (json) return writeJson({ tasks, total });
  if (tasks.length === 0) return void process.stderr.write('There is no such task. Try: openclaw run "Write a haiku"\n');
  writeLines(table(COLUMNS, tasks.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > tasks.length) process.stderr.write(`${tasks.length} of ${total}; --limit ${total} shows all\n`);
};

const COLUMNS = [
  { title: 'TASK' },
  { title: 'STATUS' },
  { title: 'MADE' },
  { title: 'TOOK', align: 'right' },
  { title: 'BY' },
  { title: 'PROMPT', flexible: true },
] as const;

const LONGEST_PROMPT = 80;

const toRow = ({ id, status, startedAt, createdAt, durationMs, origin, label, prompt }: Task): readonly string[] => {
  const asked = label ?? prompt;
  return [
    id,
    status === 'running' && startedAt === null ? 'waiting' : status,
    ago(createdAt),
    durationMs === null ? '' : seconds(durationMs),
    origin,
    asked.length > LONGEST_PROMPT ? `${asked.slice(0, LONGEST_PROMPT)}…` : asked,
  ];
};
