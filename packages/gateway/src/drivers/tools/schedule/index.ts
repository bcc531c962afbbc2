import { addCronJob, type CronJob, listCronJobs, removeCronJob, type WantedSchedule } from '@openclaw/contract';
import { z } from 'zod';
import { defineTool, type ToolContext } from '../../../engine/ports/tool.ts';

const DESCRIPTION = `Reminds the user, or does something, at a later time. Use it whenever somebody says "remind me", "every morning" or the like.
action "add" needs \`what\` and one of \`at\` (a local time such as 2026-03-02T09:00, or how long from now, such as 20m) and \`cron\` (five fields, for what comes again).
At that time \`what\` is said to you in this conversation: write it so that you know then what to do. "list" shows what is scheduled; "remove" needs a \`job\` of that list.`;

const input = z.strictObject({
  action: z.enum(['add', 'list', 'remove']).default('add'),
  what: z.string().min(1).max(10_000).optional(),
  at: z.string().min(1).max(64).optional(),
  cron: z.string().min(1).max(256).optional(),
  timezone: z.string().max(64).optional(),
  job: z.string().max(100).optional(),
});

export const scheduleTool = defineTool({
  name: 'schedule',
  description: DESCRIPTION,
  effect: 'once',
  input,
  run: async (asked, context) => {
    if (asked.action === 'list') return list(context);
    if (asked.action === 'remove') return remove(asked.job, context);
    return add(asked, context);
  },
});

const LONGEST_NAME = 60;

const add = async ({ what, at, cron, timezone: tz }: z.output<typeof input>, context: ToolContext): Promise<string> => {
  const schedule = scheduleOf({ at, cron, tz: tz ?? context.timezone });
  if (what === undefined || !schedule) throw new Error('Say what, and either at or cron.');
  const name = what.length > LONGEST_NAME ? `${what.slice(0, LONGEST_NAME)}…` : what;
  const payload = { kind: 'systemEvent', text: `This was scheduled earlier in this conversation, and is due now: ${what}` } as const;
  return said(await context.call(addCronJob, { name, schedule, payload, target: `session:${context.sessionKey}` }));
};

const scheduleOf = ({ at, cron, tz }: { readonly at: string | undefined; readonly cron: string | undefined; readonly tz: string }): WantedSchedule | undefined => {
  if ((at === undefined) === (cron === undefined)) return undefined;
  return at === undefined ? { kind: 'cron', expr: cron ?? '', tz } : { kind: 'at', at, tz };
};

const list = async (context: ToolContext): Promise<string> => {
  const { jobs } = await context.call(listCronJobs, { enabled: true, target: `session:${context.sessionKey}` });
  return jobs.length === 0 ? 'Nothing is scheduled in this conversation.' : jobs.map(said).join('\n');
};

const remove = async (job: string | undefined, context: ToolContext): Promise<string> => {
  if (job === undefined) throw new Error('Say which job.');
  await context.call(removeCronJob, { job });
  return `${job} is removed.`;
};

const said = ({ id, name, describes, nextRunAt }: CronJob): string => `${id}: "${name}". ${describes}${nextRunAt === null ? '' : `; next at ${nextRunAt}`}.`;
