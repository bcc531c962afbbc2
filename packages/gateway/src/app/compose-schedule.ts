import type { OpenedStore } from './opened-store.ts';
import type { Agents } from './agents.ts';
import { MAIN } from './agents.ts';
import type { Parts } from './parts.ts';
import { createStanding, type CredentialBook, type Standing } from '../engine/access/index.ts';
import { isStillNamed } from '../engine/channels/index.ts';
import type { Gateway } from '../engine/gateway.ts';
import { Heart, Pulse } from '../engine/heartbeat/index.ts';
import { type ChatRules, Scheduler, Timetable, Upkeep } from '../engine/schedule/index.ts';
import type { OwnedChannel } from '../engine/ports/turn-records.ts';
import type { LiveEnd } from '../engine/ports/event-bus.ts';
import { MAIN_WORKSPACE, type WorkspaceBook } from '../engine/workspaces/index.ts';

interface Around extends Pick<Parts, 'schedule' | 'channels' | 'heartbeats' | 'configuredKeys' | 'calendar' | 'log'>, Pick<OpenedStore, 'store' | 'bus'> {
  readonly gateway: Gateway;
  readonly agents: Agents;
  readonly workspaces: WorkspaceBook;
  readonly credentials: CredentialBook;
  /** Of the agent, for schedules that name no zone. */
  readonly timezone: () => string;
  readonly now: () => number;
}

/** What happens at its time. */
export interface Schedule {
  readonly standing: Standing;
  readonly channelsOf: (workspace: string) => readonly OwnedChannel[];
  readonly chats: ChatRules;
  readonly timetable: Timetable;
  readonly heart: Heart;
  nudge(): void;
  start(): void;
  /** Begins nothing more. */
  stop(): Promise<void>;
}

export const composeSchedule = ({ gateway, store, bus, schedule, channels, heartbeats, configuredKeys, calendar, timezone, agents, workspaces, credentials, log, now }: Around): Schedule => {
  const standing = createStanding({ book: credentials, configured: configuredKeys, now });
  const call: Gateway['call'] = (operation, input, how) => gateway.call(operation, input, how);
  const timetable = new Timetable({ calendar, timezone, now });
  const channelsOf = (workspace: string): readonly OwnedChannel[] =>
    // No more of them than that: it is kept with each turn that needs it, and their sections hold secrets.
    channels.config.current().channels.flatMap(({ name, driver, allowFrom, workspace: theirs }) => (theirs === workspace ? [{ name, driver, allowFrom }] : []));
  const channelOf = (channel: string) => channels.config.current().channels.find(({ name }) => name === channel);
  const chats: ChatRules = {
    workspaceOf: (channel) => channelOf(channel)?.workspace,
    isStillNamed: ({ channel, ...asked }) => {
      const settings = channelOf(channel);
      return settings !== undefined && isStillNamed(settings, asked, workspaces.get(settings.workspace)?.allowlist ?? []);
    },
  };
  const scheduler = new Scheduler({ timetable, store, call, standing, channelsOf, ...chats, rules: schedule, log, now });
  const upkeep = new Upkeep({ store, rules: schedule, log, now });
  const unsubscribe = bus.subscribe((signal) => {
    if (signal.kind === 'turn' && ENDS.has(signal.event.type)) scheduler.ended(signal.turnId);
  });
  const heart = new Heart({
    store, call, channelsOf,
    settings: (agent) => heartbeats().get(agent) ?? NEVER,
    folder: (place) => agents.settings(place).workspaceFolder,
  });
  const pulse = new Pulse({
    heart, log, now,
    agents: heartbeats,
    workspaces: () => [...new Set([MAIN_WORKSPACE, ...workspaces.ids])],
    timezone: (agent) => agents.settings({ agent, workspace: MAIN }).timezone,
  });
  return {
    standing,
    channelsOf,
    chats,
    timetable,
    heart,
    nudge: () => scheduler.nudge(),
    start: () => {
      scheduler.start();
      upkeep.start();
      pulse.start();
    },
    stop: async () => {
      unsubscribe();
      pulse.stop();
      await Promise.all([scheduler.stop(), upkeep.stop()]);
    },
  };
};

const ENDS: ReadonlySet<string> = new Set<LiveEnd['type']>(['done', 'failed', 'ended']);

const NEVER = { everyMs: undefined, activeHours: undefined, deliver: undefined, model: undefined, prompt: undefined, session: 'main' } as const;
