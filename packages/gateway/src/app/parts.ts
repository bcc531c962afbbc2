import type { Budget } from '@openclaw/contract';
import type { ConfiguredKey } from '../engine/access/index.ts';
import type { HeartbeatSettings } from '../engine/heartbeat/index.ts';
import type { Calendar } from '../engine/ports/calendar.ts';
import type { Models } from '../engine/models/index.ts';
import type { ConfigFile } from '../engine/ports/config-file.ts';
import type { Tool } from '../engine/ports/tool.ts';
import type { AgentLimits } from '../engine/turns/index.ts';
import type { SkillRegistry } from '../engine/skills/index.ts';
import type { Log } from '../kernel/log.ts';
import type { Agents } from './agents.ts';
import type { ChannelSources } from './open-channels.ts';
import type { CronSettings } from './config/settings.ts';
import type { OpenedStore } from './opened-store.ts';
import type { WebhookParts } from './open-webhooks.ts';

/** What the engine is put together from: drivers, and what the configuration says now. */
export interface Parts {
  readonly opened: OpenedStore;
  readonly models: () => Models;
  readonly tools: () => readonly Tool[];
  /** The agents, given the profile that each workspace has chosen. */
  readonly agents: (profileOf: (workspace: string) => string | undefined) => Agents;
  readonly knowsAgent: (id: string) => boolean;
  /** The names a workspace's profile may have. */
  readonly profiles: () => readonly string[];
  readonly configuredKeys: () => readonly ConfiguredKey[];
  readonly configFile: ConfigFile;
  /** For credentials without a limit of their own. */
  readonly requestsPerMinute: () => number | undefined;
  readonly channels: ChannelSources;
  readonly skills: SkillRegistry;
  readonly calendar: Calendar;
  readonly schedule: () => CronSettings;
  /** By agent: how its heart beats. */
  readonly heartbeats: () => ReadonlyMap<string, HeartbeatSettings>;
  readonly slots: () => number;
  readonly agentLimits: () => AgentLimits;
  /** Of everything in a day. */
  readonly budget: () => Budget | undefined;
  /** Days after which the audit log is pruned; undefined is never. */
  readonly keepAuditDays: () => number | undefined;
  readonly webhooks: WebhookParts;
  readonly log: Log;
  readonly now?: () => number;
}
