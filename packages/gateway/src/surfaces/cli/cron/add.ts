import { named } from '@openclaw/client';
import type { addCronJob, CronJobWithSecret, CronPayload, RequestOf, updateCronJob, WantedDelivery, WantedSchedule } from '@openclaw/contract';
import { parseDuration } from '../../../kernel/duration.ts';
import { writeJson, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import { describeJob } from './show.ts';

interface JobFlags {
  readonly name?: string;
  readonly description?: string;
  readonly cron?: string;
  readonly at?: string;
  readonly every?: string;
  readonly tz?: string;
  readonly message?: string;
  readonly event?: string;
  readonly isolated?: boolean;
  readonly main?: boolean;
  readonly session?: string;
  readonly model?: string;
  readonly timeout?: number;
  readonly nextHeartbeat?: boolean;
  readonly announce?: string;
  readonly to?: string;
  readonly webhook?: string;
  readonly webhookSecret?: string;
  readonly deleteAfterRun?: boolean;
  readonly keepAfterRun?: boolean;
  readonly agent?: string;
  readonly json?: boolean;
}

interface AddFlags extends JobFlags {
  readonly workspace?: string;
  readonly disabled?: boolean;
}

const ADD = named<typeof addCronJob>('cron.add');
const UPDATE = named<typeof updateCronJob>('cron.update');

/** As much of what is asked as names a job that was given no name. */
const LONGEST_NAME = 60;
const TOO_LITTLE = 2;

export const cronAdd = async (host: CliHost, { workspace, disabled = false, ...flags }: AddFlags): Promise<void> => {
  const { schedule, payload, ...rest } = describedBy(flags);
  if (!schedule) throw new CliError('When? Add --cron "0 9 * * *", --at 20m or --every 2h.', TOO_LITTLE);
  if (!payload) throw new CliError('What? Add --message "…" for the agent to do, or --event "…" to tell it.', TOO_LITTLE);
  const { client } = await host.connect();
  const name = rest.name ?? nameFrom(payload);
  tell(await client.call(ADD, { ...rest, name, schedule, payload, ...(workspace !== undefined && { workspace }), ...(disabled && { enabled: false }) }), flags);
};

export const cronUpdate = async (host: CliHost, job: string, flags: JobFlags): Promise<void> => {
  const change = describedBy(flags);
  if (Object.keys(change).length === 0) throw new CliError('What is to change? openclaw cron update --help shows what can.', TOO_LITTLE);
  const { client } = await host.connect();
  tell(await client.call(UPDATE, { job, ...change }), flags);
};

const tell = (job: CronJobWithSecret, { json = false }: JobFlags): void => {
  if (json) return writeJson(job);
  writeLines(describeJob(job));
  if (job.webhookSecret !== undefined) writeLines(['Save this secret immediately — it is only shown once.']);
};

const nameFrom = (payload: CronPayload): string => {
  const text = (payload.kind === 'agentTurn' ? payload.message : payload.text).trim().replaceAll(/\s+/g, ' ');
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
};

/** At most one of these, and none is none. */
const oneOf = <Value>(...given: readonly (readonly [flag: string, value: Value | undefined])[]): Value | undefined => {
  const [first, second] = given.filter(([, value]) => value !== undefined);
  if (first && second) throw new CliError(`${first[0]} and ${second[0]} at once cannot be: choose one.`, TOO_LITTLE);
  return first?.[1];
};

const describedBy = (flags: JobFlags): Omit<RequestOf<typeof updateCronJob>, 'job'> => {
  const { name, description, session, nextHeartbeat, agent, deleteAfterRun, keepAfterRun } = flags;
  const target = oneOf(['--isolated', flags.isolated ? 'isolated' : undefined], ['--main', flags.main ? 'main' : undefined], ['--session', session === undefined ? undefined : `session:${session}`]);
  const goes = oneOf(['--delete-after-run', deleteAfterRun], ['--keep-after-run', keepAfterRun ? false : undefined]);
  const [schedule, payload, delivery] = [scheduleFrom(flags), payloadFrom(flags), deliveryFrom(flags)];
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(agent !== undefined && { agent }),
    ...(schedule && { schedule }),
    ...(payload && { payload }),
    ...(delivery && { delivery }),
    ...(target !== undefined && { target }),
    ...(goes !== undefined && { deleteAfterRun: goes }),
    ...(nextHeartbeat && { wakeMode: 'next-heartbeat' as const }),
  };
};

const scheduleFrom = ({ cron, at, every, tz }: JobFlags): WantedSchedule | undefined =>
  oneOf<WantedSchedule>(
    ['--cron', cron === undefined ? undefined : { kind: 'cron', expr: cron, tz }],
    ['--at', at === undefined ? undefined : { kind: 'at', at, tz }],
    ['--every', every === undefined ? undefined : { kind: 'every', everyMs: lengthOf(every) }],
  );

const lengthOf = (text: string): number => {
  const length = parseDuration(text);
  if (length === undefined) throw new CliError(`--every ${text}: a length of time such as 30s, 20m or 2h.`, TOO_LITTLE);
  return length;
};

const payloadFrom = ({ message, event, model, timeout }: JobFlags): CronPayload | undefined =>
  oneOf<CronPayload>(
    ['--message', message === undefined ? undefined : { kind: 'agentTurn', message, model, timeoutSeconds: timeout }],
    ['--event', event === undefined ? undefined : { kind: 'systemEvent', text: event }],
  );

const deliveryFrom = ({ announce, to, webhook, webhookSecret: secret }: JobFlags): WantedDelivery | undefined => {
  oneOf(['--announce', announce], ['--webhook', webhook]);
  if (webhook !== undefined) return { mode: 'webhook', to: webhook, secret };
  if (secret !== undefined) throw new CliError('--webhook-secret needs --webhook: where to.', TOO_LITTLE);
  if (announce === undefined) return undefined;
  if (announce === 'none') return { mode: 'none' };
  if (announce === 'last' && to === undefined) return { mode: 'announce', channel: announce };
  if (to === undefined) throw new CliError('--announce needs --to: where in the channel.', TOO_LITTLE);
  return { mode: 'announce', channel: announce, to };
};
