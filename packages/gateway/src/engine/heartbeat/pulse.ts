import { GatewayError, SCOPE_PERMISSIONS } from '@openclaw/contract';
import type { Log } from '../../kernel/log.ts';
import type { Caller } from '../access/index.ts';
import type { AgentPlace } from '../ports/schedule-records.ts';
import { isActive } from './active-hours.ts';
import type { Heart } from './heart.ts';
import type { HeartbeatSettings } from './settings.ts';

interface Deps {
  readonly heart: Heart;
  /** The agents, each with how its heart beats. */
  readonly agents: () => ReadonlyMap<string, HeartbeatSettings>;
  /** Where agents work. */
  readonly workspaces: () => readonly string[];
  readonly timezone: (agent: string) => string;
  readonly log: Log;
  readonly now: () => number;
}

/** The clock on the wall is looked at this often, so that a jump of it is noticed. */
const LOOK_MS = 30_000;
/** A turn of a heart may take this long before the next beat does not wait for it any more. */
const PATIENCE_SECONDS = 86_400;

const never = new AbortController().signal;

/** A heart that beats by itself may do what a helper with the scope `execute` may: nobody has asked for more. */
const callerOf = ({ workspace, agent }: AgentPlace): Caller => ({
  id: `heartbeat:${agent}`,
  label: `heartbeat of ${agent}`,
  permissions: new Set(SCOPE_PERMISSIONS.execute),
  workspaces: new Set([workspace]),
  limits: { requestsPerMinute: undefined },
  budget: undefined,
  revoked: never,
});

/** The last beat that was due at a moment: the same for every node, whenever it started. */
export const beatUpTo = (everyMs: number, moment: number): number => Math.floor(moment / everyMs) * everyMs;

/** Has hearts beat at their times. What came while nothing ran is not caught up: the next beat looks at the same things. */
export class Pulse {
  readonly #deps: Deps;
  /** Of each agent, the last beat that was looked at. */
  readonly #beaten = new Map<string, number>();
  /** Hearts whose turn goes on. */
  readonly #busy = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    const { agents, now } = this.#deps;
    for (const [agent, { everyMs }] of agents()) if (everyMs !== undefined) this.#beaten.set(agent, beatUpTo(everyMs, now()));
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#stopped) return;
    const now = this.#deps.now();
    const waits = [...this.#deps.agents().values()].flatMap(({ everyMs }) => (everyMs === undefined ? [] : [beatUpTo(everyMs, now) + everyMs - now]));
    this.#timer = setTimeout(() => this.#look(), Math.min(LOOK_MS, ...waits));
    this.#timer.unref();
  }

  #look(): void {
    const { agents, workspaces, timezone, now } = this.#deps;
    const at = now();
    for (const [agent, { everyMs, activeHours }] of agents()) {
      if (everyMs === undefined) continue;
      const slot = beatUpTo(everyMs, at);
      const before = this.#beaten.get(agent);
      this.#beaten.set(agent, slot);
      // One that was just switched on waits for its first beat.
      if (before === undefined || before === slot || !isActive(activeHours, timezone(agent), at)) continue;
      for (const workspace of workspaces()) void this.#beat({ workspace, agent }, slot);
    }
    this.#arm();
  }

  async #beat(place: AgentPlace, slot: number): Promise<void> {
    const { heart, log } = this.#deps;
    const name = `${place.workspace}:${place.agent}`;
    if (this.#busy.has(name)) return;
    this.#busy.add(name);
    try {
      const work = await heart.look(place);
      if (work && !this.#stopped) await heart.beat(place, work, { caller: callerOf(place), slot, via: 'schedule', timeoutSeconds: PATIENCE_SECONDS });
    } catch (thrown) {
      // Another node was first.
      if (thrown instanceof GatewayError && thrown.code === 'conflict') return;
      log(thrown instanceof GatewayError ? 'info' : 'warn', 'a heartbeat came to nothing', { ...place, cause: String(thrown) });
    } finally {
      this.#busy.delete(name);
    }
  }
}
