import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Session } from '@openclaw/contract';
import type { AgentSettings } from '../engine/agent/index.ts';
import type { HeartbeatSettings } from '../engine/heartbeat/index.ts';
import type { AgentLimits } from '../engine/turns/index.ts';
import type { Settings } from './config/settings.ts';
import { tools } from './plugins.gen.ts';
import type { StateFolder } from './state/state-folder.ts';

/** The agent that answers where none is named. */
export const MAIN = 'main';

/** The tools of this installation that the configuration lets agents use. */
export const allowedTools = ({ tools: { allow, deny } }: Settings) =>
  tools.filter(({ name }) => (allow === undefined || allow.includes(name)) && !deny.includes(name));

export const heartbeatsOf = ({ agents }: Settings): ReadonlyMap<string, HeartbeatSettings> => new Map(Object.entries(agents).map(([id, { heartbeat }]) => [id, heartbeat]));

/** Looked at for every turn: read once a configuration. */
const limitsKnown = new WeakMap<Settings['agents'], AgentLimits>();

export const agentLimitsOf = ({ agents }: Settings): AgentLimits => {
  const known = limitsKnown.get(agents) ?? new Map(Object.entries(agents).flatMap(([id, { maxConcurrent }]) => (maxConcurrent === undefined ? [] : [[id, maxConcurrent] as const])));
  limitsKnown.set(agents, known);
  return known;
};

interface Profile {
  readonly maxTokens?: number;
  readonly maxSteps?: number;
  readonly turnTimeoutSeconds?: number;
}

/** What a workspace may choose without any configuration. A model alias or an agent of the same name counts for more. */
const PROFILES: Readonly<Record<string, Profile>> = {
  fast: { maxTokens: 2_048, maxSteps: 10, turnTimeoutSeconds: 120 },
  balanced: {},
  powerful: { maxTokens: 32_768, maxSteps: 100, turnTimeoutSeconds: 3_600 },
};

export const profilesOf = ({ agents }: Settings): readonly string[] => [...new Set([...Object.keys(PROFILES), ...Object.keys(agents)])];

type Place = Pick<Session, 'agent' | 'workspace'>;

export interface Agents {
  /** Whether any agent has a budget. */
  readonly budgeted: boolean;
  /** How the agent of a session works. */
  settings(place: Place): AgentSettings;
  /** Takes away what it keeps for a workspace. */
  removeFiles(workspace: string): Promise<void>;
}

interface Sources {
  readonly current: () => Settings;
  readonly folder: StateFolder;
  /** The profile that a workspace has chosen. */
  readonly profileOf: (workspace: string) => string | undefined;
}

/** Each agent's settings, put together once a configuration. */
export const createAgents = ({ current, folder, profileOf }: Sources): Agents => {
  let known: { readonly of: Settings; readonly agents: Map<string, AgentSettings> } | undefined;
  return {
    get budgeted() {
      return Object.values(current().agents).some(({ budget }) => budget !== undefined);
    },
    settings: (place) => {
      const settings = current();
      if (known?.of !== settings) known = { of: settings, agents: new Map() };
      const profile = place.agent === MAIN ? profileOf(place.workspace) : undefined;
      const key = [place.agent, place.workspace, profile ?? ''].join('|');
      const agent = known.agents.get(key) ?? inWorkspace(agentSettings(settings, profile ?? place.agent), place, folder);
      known.agents.set(key, agent);
      return agent;
    },
    removeFiles: async (workspace) => {
      known = undefined;
      const agents = new Set([MAIN, ...Object.keys(current().agents)]);
      await Promise.all([...agents].map((agent) => rm(folder.workspace(agent, workspace), { recursive: true, force: true })));
    },
  };
};

/** Outside `main` an agent has a folder of its own in each workspace: what is written for one team is not for another. */
const inWorkspace = (agent: AgentSettings, { agent: id, workspace }: Place, folder: StateFolder): AgentSettings => {
  if (workspace === 'main') return agent;
  const workspaceFolder = folder.workspace(id, workspace);
  mkdirSync(workspaceFolder, { recursive: true, mode: 0o700 });
  return { ...agent, workspaceFolder, personaFolder: agent.workspaceFolder };
};

export const agentSettings = (settings: Settings, id: string): AgentSettings => {
  const { limits, models, agents, agentDefaults } = settings;
  const profile = agents[id] ? undefined : PROFILES[id];
  // A profile is the main agent at another pace.
  const agent = agents[id] ?? (profile && agents[MAIN]) ?? agentDefaults;
  return {
    id: agents[id] ? id : MAIN,
    workspaceFolder: agent.workspace,
    roots: settings.tools.roots,
    model: profile && Object.hasOwn(models.aliases, id) ? id : agent.model,
    systemPrompt: agent.systemPrompt,
    timezone: agent.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    language: agent.language,
    maxTokens: profile?.maxTokens ?? agent.maxTokens ?? 8_192,
    compaction: agent.compaction,
    limits: {
      maxSteps: profile?.maxSteps ?? limits.maxStepsPerTurn,
      maxRepeatedToolCalls: limits.maxRepeatedToolCalls,
      maxTokens: limits.maxTokensPerTurn,
      maxCostUSD: limits.maxCostPerTurnUSD,
      turnTimeoutSeconds: profile?.turnTimeoutSeconds ?? agent.timeoutSeconds ?? limits.turnTimeoutSeconds,
      toolTimeoutSeconds: limits.toolTimeoutSeconds,
    },
    budget: agent.budget,
  };
};
