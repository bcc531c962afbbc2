import type { Once } from './once.ts';
import type { MessageSource } from './turn-records.ts';

/** The store's part about what is to happen at its time: the same promises as the rest of it. */
export interface ScheduleStore {
  /**
   * Keeps a text until the next heartbeat of its agent takes it. One that waits there already is not kept twice. Rejects with `conflict`
   * where too many wait.
   */
  addWake(wake: NewWake, once?: Once): Promise<'queued' | 'coalesced'>;
  /** What waits for the next heartbeat of an agent, the oldest first. */
  pendingWakes(place: AgentPlace, most: number): Promise<readonly Wake[]>;
}

/** An agent where it works: in each workspace it has a folder, sessions and a heart of its own. */
export interface AgentPlace {
  readonly workspace: string;
  readonly agent: string;
}

export interface Wake {
  readonly id: string;
  readonly text: string;
  /** Where it came from outside. */
  readonly source?: MessageSource | undefined;
}

export interface NewWake extends AgentPlace, Wake {
  readonly now: number;
}
