import { named } from '@openclaw/client';
import type { CronRun, getCronJob, listCronRuns } from '@openclaw/contract';
import { table } from '../kit/table.ts';
import { writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';
import { localTime, stateWords, tookWords, whyWords } from './words.ts';

interface Flags {
  readonly state?: CronRun['state'];
  readonly limit: number;
  readonly json?: boolean;
}

const RUNS = named<typeof listCronRuns>('cron.runs');
const GET = named<typeof getCronJob>('cron.get');
const PAGE = 200;

const COLUMNS = [{ title: 'DUE' }, { title: 'JOB' }, { title: 'STATE' }, { title: 'TOOK', align: 'right' }, { title: 'WHY', flexible: true }, { title: 'TURN' }] as const;

export const cronRuns = async (host: CliHost, job: string | undefined, { state, limit, json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const { runs, total } = await client.call(RUNS, { ...(job !== undefined && { job }), ...(state && { state: [state] }), limit: Math.max(1, Math.min(PAGE, limit)) });
  // Runs outlive their job; where there are none, it may be that there is no such job.
  if (total === 0 && job !== undefined && state === undefined) await client.call(GET, { job });
  if (json) return writeJson({ runs, total });
  if (runs.length === 0) return void process.stderr.write('Nothing was due yet.\n');
  writeLines(table(COLUMNS, runs.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
  if (total > runs.length) process.stderr.write(`${runs.length} of ${total}; --limit shows more, up to ${PAGE}\n`);
};

const toRow = (run: CronRun): readonly string[] => [localTime(run.scheduledFor), run.jobName, stateWords(run), tookWords(run), whyWords(run), run.turnId ?? ''];
