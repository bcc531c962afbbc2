import { named } from '@openclaw/client';
import type { CronJobWithSecret, getCronJob } from '@openclaw/contract';
import { ago } from '../kit/figures.ts';
import { plainLine, writeJson, writeLines, writeText } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';
import { lastWords, localTime, untilWords, whenWords } from './words.ts';

const GET = named<typeof getCronJob>('cron.get');

export const cronShow = async (host: CliHost, id: string, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const job = await client.call(GET, { job: id });
  if (json) return writeJson(job);
  writeLines(describeJob(job));
  const { payload } = job;
  writeText(`\n${(payload.kind === 'agentTurn' ? payload.message : payload.text).trimEnd()}\n`);
};

const placeOf = (delivery: CronJobWithSecret['delivery']): string | null => {
  if (delivery.mode === 'none') return null;
  if (delivery.mode === 'webhook') return delivery.to;
  return delivery.to === undefined ? 'where its owner wrote from last' : `${delivery.to} on ${delivery.channel}`;
};

export const describeJob = (job: CronJobWithSecret): readonly string[] => {
  const { payload, delivery } = job;
  return [
    ['Job', job.id],
    ['Name', job.name],
    ['For', job.description],
    ['When', whenWords(job)],
    ['Next', job.nextRunAt && `${localTime(job.nextRunAt)} (${untilWords(job.nextRunAt)})`],
    ['Last', lastWords(job.lastRun)],
    ['Where', job.target === 'isolated' ? 'a session of its own each time' : job.target],
    ['Waits', job.wakeMode === 'next-heartbeat' ? 'for the next heartbeat' : null],
    ['Answer to', placeOf(delivery)],
    ['Webhook', job.webhook],
    ['Secret', job.webhookSecret],
    ['Model', payload.kind === 'agentTurn' ? payload.model : undefined],
    ['Deadline', payload.kind === 'agentTurn' && payload.timeoutSeconds !== undefined ? `${payload.timeoutSeconds} s` : null],
    ['Afterwards', job.deleteAfterRun ? 'it is removed' : null],
    ['Workspace', job.workspace],
    ['Agent', job.agent],
    ['Acts for', job.actsFor],
    ['Made', `${localTime(job.createdAt)} (${ago(job.createdAt)})`],
  ].flatMap(([name, value]) => (typeof name === 'string' && typeof value === 'string' ? [`${name.padEnd(11)} ${plainLine(value)}`] : []));
};
