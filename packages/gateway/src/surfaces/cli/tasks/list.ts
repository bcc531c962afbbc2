import { type Client, named } from '@openclaw/client';
import type { listTasks, RequestOf, Task, TaskStatus } from '@openclaw/contract';
import { ago, seconds } from '../kit/figures.ts';
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
const PAGE = 200;

export const tasksList = async (host: CliHost, { json = false, limit, status, ...filters }: ListFlags): Promise<void> => {
  const { client } = await host.connect();
  const { tasks, total } = await collect(client, { ...filters, ...(status && { status: [status] }) }, limit);
  if (json) return writeJson({ tasks, total });
  if (tasks.length === 0) return void process.stderr.write('There is no such task. Try: openclaw run "Write a haiku"\n');
  writeLines(table(COLUMNS, tasks.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > tasks.length) process.stderr.write(`${tasks.length} of ${total}; --limit ${total} shows all\n`);
};

const collect = async (client: Client, filters: RequestOf<typeof listTasks>, limit: number): Promise<{ tasks: readonly Task[]; total: number }> => {
  const found = new Map<string, Task>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await client.call(LIST, { ...filters, limit: Math.max(1, Math.min(PAGE, limit)), offset });
    // While this goes on a new task may come to the front, and others be met a second time.
    for (const task of page.tasks) found.set(task.id, task);
    if (found.size >= limit || page.tasks.length < PAGE) return { tasks: [...found.values()].slice(0, limit), total: page.total };
  }
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
