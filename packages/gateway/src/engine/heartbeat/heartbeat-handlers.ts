import { GatewayError, type heartbeatStatus, tokensOf, type triggerHeartbeat } from '@openclaw/contract';
import { join } from 'node:path';
import { toReport } from '../../kernel/nothing-to-report.ts';
import { type Caller, homeOf } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { AgentPlace, CronRunRecord } from '../ports/schedule-records.ts';
import { isActive } from './active-hours.ts';
import type { Heart } from './heart.ts';
import { HEARTBEAT_FILE } from './heartbeat-file.ts';
import { beatUpTo } from './pulse.ts';
import type { HeartbeatSettings } from './settings.ts';
import { actionsOf, wouldDo } from './words.ts';

interface Deps {
  readonly heart: Heart;
  readonly agent: string;
  readonly knowsAgent: (id: string) => boolean;
  /** Throws where the caller may not begin anything in this workspace. */
  readonly requireUsable: (caller: Caller, workspace: string) => Promise<void>;
  /** The model of an agent, by name, where its heart has none of its own. */
  readonly modelOf: (place: AgentPlace) => string;
  readonly timezone: (agent: string) => string;
  readonly now: () => number;
}

/** What can be asked of the heart of an agent, behind the door. */
export const heartbeatHandlers = (deps: Deps) => {
  const { heart, agent: main, knowsAgent, requireUsable, modelOf, timezone, now } = deps;

  const placeFor = async ({ agent = main, workspace }: { readonly agent?: string | undefined; readonly workspace?: string | undefined }, caller: Caller): Promise<AgentPlace> => {
    if (!knowsAgent(agent)) throw new GatewayError('invalid_request', `agent: there is no agent ${agent}`, { path: 'agent' });
    const place = { agent, workspace: workspace ?? homeOf(caller) };
    await requireUsable(caller, place.workspace);
    return place;
  };

  const trigger: Handler<typeof triggerHeartbeat> = async ({ dryRun, timeoutSeconds, ...asked }, { caller, signal }) => {
    const place = await placeFor(asked, caller);
    const work = await heart.look(place);
    const quiet = { status: 'HEARTBEAT_OK' as const, dryRun, ...place, actionsTaken: [], tokensUsed: 0, report: null, turnId: null };
    const { model, deliver } = heart.settings(place.agent);
    if (dryRun) return { ...quiet, wouldDo: work ? wouldDo(work, { model: model ?? modelOf(place), deliver }) : [] };
    if (!work) return quiet;
    const reply = await heart.beat(place, work, { caller, slot: now(), via: 'request', timeoutSeconds, signal });
    if (!('text' in reply)) return { ...quiet, turnId: reply.turnId };
    const report = toReport(reply.text, { asked: false }) ?? null;
    return { ...quiet, status: report === null ? 'HEARTBEAT_OK' : 'HEARTBEAT_REPORT', actionsTaken: actionsOf(reply.toolsInvoked), tokensUsed: tokensOf(reply.usage), report, turnId: reply.turnId };
  };

  const status: Handler<typeof heartbeatStatus> = async (asked, { caller }) => {
    const place = await placeFor(asked, caller);
    const own = heart.settings(place.agent);
    const zone = own.activeHours?.timezone ?? timezone(place.agent);
    const [work, last] = await Promise.all([heart.look(place), heart.lastBeat(place)]);
    const next = nextBeat(own, zone, now());
    return {
      ...place,
      everyMs: own.everyMs ?? null,
      activeHours: own.activeHours ? { ...own.activeHours, timezone: zone } : null,
      nextAt: next === undefined ? null : new Date(next).toISOString(),
      file: join(heart.folder(place), HEARTBEAT_FILE),
      hasTasks: work?.tasks !== undefined,
      waiting: work?.wakes.length ?? 0,
      lastBeat: last ? toBeat(last) : null,
    };
  };

  return { trigger, status };
};

const toBeat = ({ scheduledFor, state, turnId, error }: CronRunRecord) => ({
  at: new Date(scheduledFor).toISOString(),
  state: state === 'running' || state === 'failed' ? state : ('ran' as const),
  turnId: turnId ?? null,
  error: error ?? null,
});

/** Beats that are looked at for one within the hours: two days of beats every minute. */
const MOST_LOOKED_AT = 2_880;

const nextBeat = ({ everyMs, activeHours }: HeartbeatSettings, timezone: string, now: number): number | undefined => {
  if (everyMs === undefined) return undefined;
  let next = beatUpTo(everyMs, now) + everyMs;
  for (let i = 0; i < MOST_LOOKED_AT; i++, next += everyMs) if (isActive(activeHours, timezone, next)) return next;
  return undefined;
};
