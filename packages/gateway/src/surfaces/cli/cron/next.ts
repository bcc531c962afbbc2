import { named } from '@openclaw/client';
import type { CronSchedule, getCronJob, previewCron, WantedSchedule } from '@openclaw/contract';
import { parseDuration } from '../../../kernel/duration.ts';
import { writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';
import { localTime, untilWords } from './words.ts';

interface Flags {
  readonly tz?: string;
  readonly count: number;
  readonly json?: boolean;
}

const GET = named<typeof getCronJob>('cron.get');
const PREVIEW = named<typeof previewCron>('cron.preview');

export const cronNext = async (host: CliHost, asked: string, { tz, count, json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const schedule = /^cron_\w+$/.test(asked) ? (await client.call(GET, { job: asked })).schedule : readSchedule(asked, tz);
  const preview = await client.call(PREVIEW, { schedule, count: Math.max(1, Math.min(100, count)) });
  if (json) return writeJson(preview);
  writeLines([preview.describes, ...preview.times.map((time) => `  ${localTime(time)}  ${untilWords(time)}`)]);
};

const readSchedule = (asked: string, tz: string | undefined): CronSchedule | WantedSchedule => {
  const everyMs = parseDuration(asked);
  return everyMs === undefined ? { kind: 'cron', expr: asked, tz } : { kind: 'every', everyMs };
};
