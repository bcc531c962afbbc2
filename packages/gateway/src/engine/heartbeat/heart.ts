import { type Operation, type OutputOf, type RequestOf, sendMessage } from '@openclaw/contract';
import type { Caller } from '../access/index.ts';
import type { Call } from '../gateway.ts';
import type { AgentPlace, CronRunRecord } from '../ports/schedule-records.ts';
import type { SlotRun } from '../ports/slot-records.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';
import type { Duties, OwnedChannel } from '../ports/turn-records.ts';
import { sessionKey } from '../sessions/index.ts';
import { readHeartbeatFile } from './heartbeat-file.ts';
import type { HeartbeatSettings } from './settings.ts';
import { toMessage, USUAL_PROMPT, type Work } from './words.ts';

export interface HeartDeps {
  readonly store: Pick<ScheduleStore, 'pendingWakes' | 'listCronRuns'>;
  /** The one door. */
  readonly call: <Op extends Operation>(operation: Op, input: RequestOf<Op>, call: Call) => Promise<OutputOf<Op>>;
  readonly settings: (agent: string) => HeartbeatSettings;
  readonly folder: (place: AgentPlace) => string;
  /** The channels of a workspace. */
  readonly channelsOf: (workspace: string) => readonly OwnedChannel[];
}

interface Beat {
  readonly caller: Caller;
  readonly slot: number;
  readonly via: SlotRun['via'];
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
}

/** Texts that are looked at for one beat. */
const MOST_WAKES = 100;

const jobOf = ({ workspace, agent }: AgentPlace): string => `heartbeat:${workspace}:${agent}`;

/** What an agent does when nobody has written to it. Each beat is a slot: however many nodes there are, it beats once. */
export class Heart {
  readonly #deps: HeartDeps;

  constructor(deps: HeartDeps) {
    this.#deps = deps;
  }

  settings(agent: string): HeartbeatSettings {
    return this.#deps.settings(agent);
  }

  folder(place: AgentPlace): string {
    return this.#deps.folder(place);
  }

  /** Undefined where there is nothing to do: then no model is asked. */
  async look(place: AgentPlace): Promise<Work | undefined> {
    const { store, folder } = this.#deps;
    const [tasks, wakes] = await Promise.all([readHeartbeatFile(folder(place)), store.pendingWakes(place, MOST_WAKES)]);
    return tasks === undefined && wakes.length === 0 ? undefined : { tasks, wakes };
  }

  /** Has the agent look at it, in a turn of its own. What waited is taken with the turn, in one transaction. */
  beat(place: AgentPlace, work: Work, { caller, slot, via, timeoutSeconds, signal }: Beat): Promise<OutputOf<typeof sendMessage>> {
    const { prompt = USUAL_PROMPT, model, deliver, session } = this.#deps.settings(place.agent);
    const { text, source, wakes } = toMessage(prompt, work);
    const duties: Duties = { run: { jobId: jobOf(place), jobName: 'heartbeat', scheduledFor: slot, via, wakes }, ...(deliver === 'last' ? { deliverToLast: { channels: this.#deps.channelsOf(place.workspace) } } : deliver && { deliver }) };
    return this.#deps.call(
      sendMessage,
      { session: session.includes(':') ? session : sessionKey(place.agent, place.workspace, session), text, workspace: place.workspace, context: { channel: 'heartbeat' }, options: { model }, timeoutSeconds },
      { caller, entrusted: { duties, source }, origin: { surface: 'cron', requestId: jobOf(place) }, signal },
    );
  }

  async lastBeat(place: AgentPlace): Promise<CronRunRecord | undefined> {
    const { runs } = await this.#deps.store.listCronRuns({ job: jobOf(place), workspaces: [place.workspace], states: undefined, limit: 1, offset: 0 });
    return runs[0];
  }
}
