import type { Budget } from '@openclaw/contract';
import type { ConfiguredKey } from '../engine/access/index.ts';
import type { Models } from '../engine/models/index.ts';
import type { ConfigFile } from '../engine/ports/config-file.ts';
import type { Tool } from '../engine/ports/tool.ts';
import type { SkillRegistry } from '../engine/skills/index.ts';
import type { Log } from '../kernel/log.ts';
import type { Agents } from './agents.ts';
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
  readonly skills: SkillRegistry;
  readonly slots: () => number;
  /** Of everything in a day. */
  readonly budget: () => Budget | undefined;
  /** Days after which the audit log is pruned; undefined is never. */
  readonly keepAuditDays: () => number | undefined;
  readonly webhooks: WebhookParts;
  readonly log: Log;
  readonly now?: () => number;
}
