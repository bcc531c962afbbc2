import {
  type addCronJob, type CronDelivery, GatewayError, type getCronJob, type InputOf, type listCronJobs, type listCronRuns, type OutputOf, type previewCron, type removeCronJob, type runCronJob, type updateCronJob,
} from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { type Caller, homeOf, requireEntry, storedCaller, visibleWorkspaces } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { CronDefinition, CronJobRecord, JobDelivery, NewCronJob } from '../ports/schedule-records.ts';
import type { ReplyAddress } from '../ports/turn-records.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';
import { placeOf, selectSession } from '../sessions/index.ts';
import type { JobWebhooks } from '../webhooks/index.ts';
import { beginJob, isTaken, requestedRun, type RunSlotDeps } from './run-slot.ts';
import { requireWayOut } from './require-way-out.ts';
import type { Timetable } from './timetable.ts';
import { toCronJob, toCronRun } from './to-cron-job.ts';

interface Deps extends Pick<RunSlotDeps, 'call' | 'standing' | 'channelsOf' | 'workspaceOf' | 'isStillNamed' | 'now'> {
  readonly store: ScheduleStore;
  readonly agent: string;
  readonly knowsAgent: (id: string) => boolean;
  /** Throws where no configured provider serves the model. */
  readonly checkModel: (name: string | undefined) => void;
  /** Throws where the caller may not begin anything in this workspace. */
  readonly requireUsable: (caller: Caller, workspace: string) => Promise<void>;
  readonly timetable: Timetable;
  readonly webhooks: JobWebhooks;
  /** How many jobs one credential may have. */
  readonly mostJobs: () => number;
  /** Something may be due sooner now. */
  readonly nudge: () => void;
}

const missing = (id: string): GatewayError => new GatewayError('job_not_found', `There is no job ${id}`, { job: id });
const changedMeanwhile = (id: string): GatewayError => new GatewayError('conflict', `The job ${id} was changed meanwhile: look at it again`, { job: id });
const invalid = (path: string, message: string): GatewayError => new GatewayError('invalid_request', `${path}: ${message}`, { path });

/** Asked for by chat. */
const MOST_IN_CONVERSATION = 50;

type Wanted = InputOf<typeof addCronJob>;
type Change = Omit<InputOf<typeof updateCronJob>, 'job'>;

const redirects = ({ target, delivery, agent, wakeMode }: Change): boolean => target !== undefined || delivery !== undefined || agent !== undefined || wakeMode !== undefined;

/** As a job keeps it: the secret is its webhook's. */
const keptOf = (delivery: Wanted['delivery'] = { mode: 'none' }): CronDelivery => (delivery.mode === 'webhook' ? { mode: 'webhook', to: delivery.to } : delivery);

/** What can be done with the schedule, behind the door. */
export const cronHandlers = (deps: Deps) => {
  const { store, agent: main, knowsAgent, checkModel, requireUsable, standing, timetable, webhooks, workspaceOf, mostJobs, nudge, now } = deps;

  const find = async (id: string, caller: Caller): Promise<CronJobRecord> => {
    const job = await store.findCronJob(id);
    if (!job) throw missing(id);
    requireEntry(caller, job.workspace, () => missing(id));
    return job;
  };

  /** What it does is done by messages later: who may send none now shall not then. */
  const requireMessages = (caller: Caller): void => {
    if (!caller.permissions.has('messages:write')) {
      throw new GatewayError('forbidden', 'A job sends the agent messages on behalf of whoever made it, and this credential lacks the permission messages:write', { permission: 'messages:write' });
    }
  };

  /** Whoever is only met by chat has not the whole schedule. */
  const refuseMany = async (target: CronDefinition['target'], workspace: string): Promise<void> => {
    const { total } = await store.listCronJobs({ workspaces: [workspace], enabled: undefined, target, limit: 1, offset: 0 });
    if (total >= MOST_IN_CONVERSATION) throw new GatewayError('conflict', `This conversation has ${MOST_IN_CONVERSATION} jobs already: remove one first`);
  };

  const checkPlace = ({ agent, target, workspace }: Pick<NewCronJob, 'agent' | 'target' | 'workspace'>, caller: Caller): void => {
    if (!knowsAgent(agent)) throw invalid('agent', `there is no agent ${agent}`);
    if (!target.startsWith('session:')) return;
    const selector = selectSession(target.slice('session:'.length), agent, workspace);
    if ('key' in selector) requireEntry(caller, placeOf(selector.key).workspace, () => new GatewayError('session_not_found', `There is no session ${selector.key}`, { session: selector.key }));
  };

  const checkMeaning = ({ payload, target, wakeMode }: CronDefinition): void => {
    if (payload.kind === 'agentTurn') checkModel(payload.model);
    if (wakeMode === 'next-heartbeat' && (payload.kind !== 'systemEvent' || target !== 'main')) {
      throw invalid('wakeMode', 'next-heartbeat is for a systemEvent to main: anything else begins at its time');
    }
  };

  /** Asked for by chat, and with no word of where to, it is said in that chat. */
  const wayBack = (delivery: Wanted['delivery'], address: ReplyAddress | undefined): JobDelivery => {
    if (delivery || !address) return keptOf(delivery);
    const { channel, to, thread, by } = address;
    return { mode: 'reply', channel, to, ...(thread !== undefined && { thread }), ...(by !== undefined && { by }) };
  };

  const definitionOf = ({ name, description, payload, target, wakeMode, delivery, deleteAfterRun, agent, schedule: wanted }: Wanted, address: ReplyAddress | undefined): CronDefinition => {
    const schedule = timetable.read(wanted);
    return {
      name, description, payload, schedule,
      agent: agent ?? main,
      target: target ?? (payload.kind === 'systemEvent' ? 'main' : 'isolated'),
      wakeMode: wakeMode ?? 'now',
      delivery: wayBack(delivery, address),
      deleteAfterRun: deleteAfterRun ?? schedule.kind === 'at',
    };
  };

  const add: Handler<typeof addCronJob> = async (wanted, { caller, once, entrusted: { conversation } }) => {
    requireMessages(caller);
    const { workspace = homeOf(caller), enabled = true } = wanted;
    await requireUsable(caller, workspace);
    const definition = definitionOf(wanted, conversation?.address);
    if (caller.bound) await refuseMany(definition.target, workspace);
    checkPlace({ ...definition, workspace }, caller);
    checkMeaning(definition);
    // Whoever asks by chat may be told there later, as they are answered now.
    if (definition.delivery.mode !== 'reply') requireWayOut(caller, definition.delivery, workspaceOf);
    const at = now();
    const id = newId('cron', at);
    const webhook = await webhookFor({ id, workspace }, wanted.delivery, caller);
    const job: NewCronJob = {
      ...definition, id, workspace, enabled, caller: storedCaller(caller), createdAt: at, updatedAt: at, nextAt: timetable.first(definition.schedule), webhook: webhook?.made,
    };
    const added = await store.addCronJob(job, mostJobs(), once);
    if (webhook) await webhooks.changed(added.id);
    nudge();
    // Of the job that this very request made before, where it did.
    return { ...(await toCronJob(timetable, added)), ...(webhook && !webhook.secretAsked && { webhookSecret: webhooks.secretOf(added.id) }) };
  };

  /** The webhook that a job is to have of its own. */
  const webhookFor = async (job: Pick<NewCronJob, 'id' | 'workspace'>, delivery: Wanted['delivery'], caller: Caller) => {
    if (delivery?.mode !== 'webhook') return undefined;
    const { to, secret } = delivery;
    return { made: await webhooks.make({ job, to, secret, caller }), secretAsked: secret !== undefined };
  };

  const list: Handler<typeof listCronJobs> = async ({ workspace, enabled, target, limit, offset }, { caller }) => {
    const workspaces = workspace === undefined ? visibleWorkspaces(caller) : [workspace];
    const { jobs, total } = await store.listCronJobs({ workspaces, enabled, target, limit, offset });
    return { jobs: await Promise.all(jobs.map((job) => toCronJob(timetable, job))), total, limit, offset };
  };

  const get: Handler<typeof getCronJob> = async ({ job }, { caller }) => toCronJob(timetable, await find(job, caller));

  /** Whoever changes what a job does, or where its answer goes, must say all of it: it is theirs from then on, and runs with what they may do. */
  const actsForAfter = (job: CronJobRecord, change: Change, caller: Caller): CronJobRecord['caller'] | undefined => {
    if (change.payload) return storedCaller(caller);
    if (!redirects(change) || job.caller.id === caller.id) return undefined;
    throw new GatewayError('conflict', `The job ${job.id} acts for ${job.caller.id}. To have it do something else, give it a payload too: then it acts for you`, { job: job.id, actsFor: job.caller.id });
  };

  const update: Handler<typeof updateCronJob> = async ({ job: id, ...change }, { caller }) => {
    const job = await find(id, caller);
    requireMessages(caller);
    const actsFor = actsForAfter(job, change, caller);
    const { schedule: wanted, enabled = job.enabled || (wanted !== undefined && job.nextAt === undefined), ...rest } = change;
    const at = now();
    const schedule = wanted ? timetable.read(wanted) : job.schedule;
    const delivery = rest.delivery && keptOf(rest.delivery);
    const named = Object.fromEntries(Object.entries({ ...rest, delivery }).filter(([, value]) => value !== undefined));
    // A job that comes again does not go after the first time, unless that is asked for.
    const deleteAfterRun = change.deleteAfterRun ?? (schedule.kind === job.schedule.kind ? job.deleteAfterRun : schedule.kind === 'at');
    const after = { ...job, ...named, schedule, deleteAfterRun };
    checkPlace(after, caller);
    checkMeaning(after);
    // Also where the way was there before: what is said on it is theirs now.
    if (change.payload || redirects(change)) requireWayOut(caller, after.delivery, workspaceOf);
    const again = enabled && !job.enabled;
    if (again) timetable.refuseOver(schedule);
    // One that is switched on again goes on from now: what came while it was off was not missed.
    const nextAt = wanted || again ? timetable.first(schedule) : job.nextAt;
    const webhook = await webhookFor(job, rest.delivery, caller);
    const had = job.delivery.mode === 'webhook';
    const changed = await store.changeCronJob(id, job.revision, {
      ...named, schedule, deleteAfterRun, enabled, caller: actsFor, nextAt, now: at, webhook: webhook ?? (had && delivery ? null : undefined),
    });
    if (!changed) throw (await store.findCronJob(id)) ? changedMeanwhile(id) : missing(id);
    if (webhook || had) await webhooks.changed(id);
    nudge();
    return { ...(await toCronJob(timetable, changed)), ...(webhook && !had && !webhook.secretAsked && { webhookSecret: webhooks.secretOf(id) }) };
  };

  const remove: Handler<typeof removeCronJob> = async ({ job: id }, { caller, entrusted: { conversation } }) => {
    const { delivery, target } = await find(id, caller);
    if (caller.bound && target !== `session:${conversation?.sessionKey}`) throw missing(id);
    const removed = await store.deleteCronJob(id);
    if (delivery.mode === 'webhook') await webhooks.changed(id);
    return { removed };
  };

  /** What is due begins by itself; it is seen to that it does so now. */
  const whereDue = ({ enabled, nextAt }: CronJobRecord, at: number): OutputOf<typeof runCronJob> => {
    if (!enabled || nextAt === undefined) return { ran: false, run: null, reason: 'It is switched off, or its times are over' };
    if (nextAt > at) return { ran: false, run: null, reason: `It is not due before ${new Date(nextAt).toISOString()}` };
    nudge();
    return { ran: true, run: null, reason: 'It is due, and begins by itself' };
  };

  const run: Handler<typeof runCronJob> = async ({ job: id, mode }, { caller, once }) => {
    const job = await find(id, caller);
    const at = now();
    if (mode === 'due') return whereDue(job, at);
    const held = standing(job.caller);
    if ('refused' in held) throw new GatewayError('conflict', `It does not run: ${held.refused}`, { job: id });
    try {
      await beginJob(deps, job, held.caller, requestedRun(job, at), once && `run-${once.hash}-${once.key}`.slice(0, 256));
    } catch (thrown) {
      throw isTaken(thrown) ? new GatewayError('conflict', `The job ${id} runs already, or was changed meanwhile`, { job: id }, thrown) : thrown;
    }
    const { runs } = await store.listCronRuns({ job: id, workspaces: undefined, states: undefined, limit: 50, offset: 0 });
    const mine = runs.find(({ via, scheduledFor }) => via === 'request' && scheduledFor === at) ?? runs.find(({ via }) => via === 'request');
    return { ran: true, run: mine ? toCronRun(mine) : null, reason: null };
  };

  const runs: Handler<typeof listCronRuns> = async ({ job, workspace, state, limit, offset }, { caller }) => {
    const workspaces = workspace === undefined ? visibleWorkspaces(caller) : [workspace];
    const page = await store.listCronRuns({ job, workspaces, states: state, limit, offset });
    return { runs: page.runs.map(toCronRun), total: page.total, limit, offset };
  };

  const preview: Handler<typeof previewCron> = async ({ schedule: wanted, count }) => {
    const schedule = timetable.read(wanted);
    const all = timetable.times(schedule);
    const times: string[] = [];
    for (let next = timetable.first(schedule); next !== undefined && times.length < count; next = all.after(next)) times.push(new Date(next).toISOString());
    return { schedule, describes: await timetable.describe(schedule), times };
  };

  return { add, list, get, update, remove, run, runs, preview };
};
