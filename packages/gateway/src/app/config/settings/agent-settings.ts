import type { Budget } from '@openclaw/contract';
import type { HeartbeatSettings } from '../../../engine/heartbeat/index.ts';
import type { StateFolder } from '../../state/state-folder.ts';
import type { Config } from '../schema.ts';
import { agreed } from './agreed.ts';
import { budgetFrom } from './budget-from.ts';
import { byName } from './by-name.ts';
import { heartbeatFrom } from './heartbeat-from.ts';
import { choiceOf } from './model-settings.ts';

/** How one agent works. Where a value is absent, the gateway's own limit or the model's applies. */
export interface AgentSettings {
  readonly workspace: string;
  readonly model?: string;
  readonly fallbacks?: readonly string[];
  readonly timeoutSeconds?: number;
  /** Turns of its own at once, on one node. */
  readonly maxConcurrent?: number;
  readonly timezone?: string;
  readonly language?: string;
  readonly systemPrompt?: string;
  /** The most tokens of one answer. */
  readonly maxTokens?: number;
  readonly contextTokens?: number;
  /** What its turns may use in a day. */
  readonly budget?: Budget;
  readonly heartbeat: HeartbeatSettings;
  readonly compaction: { readonly enabled: boolean; readonly reserveTokens: number; readonly keepRecentTokens: number };
}

export interface AgentSources {
  readonly file: string;
  readonly folder: StateFolder;
  readonly toPath: (path: string) => string;
}

type AgentSection = NonNullable<NonNullable<Config['agents']>['defaults']>;

const MAIN = 'main';

export const agentsFrom = (config: Config, sources: AgentSources): { readonly defaults: AgentSettings; readonly agents: Readonly<Record<string, AgentSettings>> } => {
  const { defaults: common = {}, list = [], entries = {} } = config.agents ?? {};
  const listed = new Map<string, AgentSection>();
  for (const { id, ...section } of list) agreedPlace(sources.file, listed, id, section, `agents.list (id "${id}")`);
  for (const [id, section] of Object.entries(entries)) agreedPlace(sources.file, listed, id, section, `agents.entries.${id}`);
  if (!listed.has(MAIN)) listed.set(MAIN, {});
  const agents = [...listed].map(([id, section]) => [id, agentFrom(id, section, common, sources)] as const);
  return { defaults: agentFrom(MAIN, {}, common, sources), agents: byName(agents) };
};

/** An agent may stand in both places only where both say the same. */
const agreedPlace = (file: string, listed: Map<string, AgentSection>, id: string, section: AgentSection, place: string): void => {
  agreed(file, [['another entry for this agent', listed.get(id)], [place, section]]);
  listed.set(id, section);
};

const agentFrom = (id: string, own: AgentSection, common: AgentSection, { folder, toPath }: AgentSources): AgentSettings => {
  const [mine, everyones] = [choiceOf(own.model), choiceOf(common.model)];
  // The common folder is the main agent's: two agents in one folder would overwrite each other's files.
  const workspace = own.workspace ?? (id === MAIN ? common.workspace : undefined);
  const budget = own.budget ?? common.budget;
  const compaction = { ...common.compaction, ...own.compaction };
  return {
    workspace: workspace === undefined ? folder.workspace(id) : toPath(workspace),
    ...withoutUndefined({
      model: mine.primary ?? everyones.primary,
      fallbacks: mine.fallbacks ?? everyones.fallbacks,
      timeoutSeconds: own.timeoutSeconds ?? common.timeoutSeconds,
      // What `defaults` says is of all agents together.
      maxConcurrent: own.maxConcurrent,
      timezone: own.timezone ?? common.timezone,
      language: own.language ?? common.language,
      systemPrompt: own.systemPrompt ?? common.systemPrompt,
      maxTokens: own.maxTokens ?? common.maxTokens,
      contextTokens: own.contextTokens ?? common.contextTokens,
      budget: budget && budgetFrom(budget),
    }),
    heartbeat: heartbeatFrom({ ...common.heartbeat, ...own.heartbeat }),
    compaction: {
      enabled: compaction.enabled ?? true,
      reserveTokens: compaction.reserveTokens ?? 20_000,
      keepRecentTokens: compaction.keepRecentTokens ?? 20_000,
    },
  };
};

type Defined<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

const withoutUndefined = <T extends object>(values: T): Defined<T> => {
  const kept: Partial<T> = { ...values };
  for (const key of Object.keys(values)) if (Reflect.get(kept, key) === undefined) Reflect.deleteProperty(kept, key);
  // The loop has taken away exactly what the cast denies.
  return kept as Defined<T>;
};
