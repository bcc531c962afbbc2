import { named } from '@openclaw/client';
import type { CronJob, listCronJobs } from '@openclaw/contract';
import { ago } from '../kit/figures.ts';
import { table } from '../kit/table.ts';
import { writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';
import { stateWords, whenWords } from './words.ts';

interface ListFlags {
  readonly enabled?: boolean;
  readonly workspace?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const LIST = named<typeof listCronJobs>('cron.list');
const PAGE = 200;

const COLUMNS = [{ title: 'JOB' }, { title: 'NAME' }, { title: 'WHEN', flexible: true }, { title: 'LAST' }, { title: 'WHERE' }] as const;

export const cronList = async (host: CliHost, { json = false, limit, ...filters }: ListFlags): Promise<void> => {
  const { client } = await host.connect();
  const jobs: CronJob[] = [];
  let total = 0;
  do {
    const page = await client.call(LIST, { ...filters, limit: Math.max(1, Math.min(PAGE, limit - jobs.length)), offset: jobs.length });
    jobs.push(...page.jobs);
    total = page.total;
    if (page.jobs.length === 0) break;
  } while (jobs.length < Math.min(limit, total));
  if (json) return writeJson({ jobs, total });
  if (jobs.length === 0) return void process.stderr.write('There is no such job. Try: openclaw cron add --at 20m --event "The tea is ready"\n');
  writeLines(table(COLUMNS, jobs.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > jobs.length) process.stderr.write(`${jobs.length} of ${total}; --limit ${total} shows all\n`);
};

const toRow = (job: CronJob): readonly string[] => [job.id, job.name, whenWords(job), job.lastRun ? `${stateWords(job.lastRun)} ${ago(job.lastRun.scheduledFor)}` : '', job.target];
