import { named } from '@openclaw/client';
import type { getCronJob, removeCronJob, runCronJob, updateCronJob } from '@openclaw/contract';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';
import { whenWords } from './words.ts';

interface Flags {
  readonly json?: boolean;
}

const GET = named<typeof getCronJob>('cron.get');
const UPDATE = named<typeof updateCronJob>('cron.update');
const REMOVE = named<typeof removeCronJob>('cron.remove');
const RUN = named<typeof runCronJob>('cron.run');

export const cronSwitch = async (host: CliHost, id: string, enabled: boolean, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const job = await client.call(UPDATE, { job: id, enabled });
  if (json) writeJson(job);
  else writeLines([`${plainLine(job.name)}: ${whenWords(job)}`]);
};

export const cronRun = async (host: CliHost, id: string, { json = false, due = false }: Flags & { readonly due?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const outcome = await client.call(RUN, { job: id, mode: due ? 'due' : 'force' });
  if (json) return writeJson(outcome);
  const { run, reason } = outcome;
  if (!run) return writeLines([reason ?? 'It does not run']);
  const follow = run.taskId === null ? `openclaw sessions history ${run.sessionKey}` : `openclaw tasks watch ${run.taskId}`;
  writeLines([`${plainLine(run.jobName)} runs: ${follow}`]);
};

export const cronRemove = async (host: CliHost, ids: readonly string[]): Promise<void> => {
  const { client } = await host.connect();
  // An id that is not there is told before anything is removed.
  const jobs = [];
  for (const job of ids) jobs.push(await client.call(GET, { job }));
  for (const { id, name } of jobs) {
    await client.call(REMOVE, { job: id });
    process.stdout.write(`${id} (${plainLine(name)}) is removed\n`);
  }
};
