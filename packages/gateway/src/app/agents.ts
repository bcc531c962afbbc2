import type { AgentSettings } from '../engine/agent/index.ts';
import type { Settings } from './config/settings.ts';
import { tools } from './plugins.gen.ts';

/** The agent that answers where none is named. */
export const MAIN = 'main';

/** The tools of this installation that the configuration lets agents use. */
export const allowedTools = ({ tools: { allow, deny } }: Settings) =>
  tools.filter(({ name }) => (allow === undefined || allow.includes(name)) && !deny.includes(name));

/** Each agent's settings, put together once a configuration. */
export const createAgents = (current: () => Settings): ((id: string) => AgentSettings) => {
  const known = new WeakMap<Settings, Map<string, AgentSettings>>();
  return (id) => {
    const settings = current();
    const agents = known.get(settings) ?? new Map<string, AgentSettings>();
    known.set(settings, agents);
    const agent = agents.get(id) ?? agentSettings(settings, id);
    agents.set(id, agent);
    return agent;
  };
};

export const agentSettings = (settings: Settings, id: string): AgentSettings => {
  const agent = settings.agents[id] ?? settings.agentDefaults;
  const { limits } = settings;
  return {
    workspaceFolder: agent.workspace,
    roots: settings.tools.roots,
    model: agent.model,
    systemPrompt: agent.systemPrompt,
    timezone: agent.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    language: agent.language,
    maxTokens: agent.maxTokens ?? 8_192,
    compaction: agent.compaction,
    limits: {
      maxSteps: limits.maxStepsPerTurn,
      maxRepeatedToolCalls: limits.maxRepeatedToolCalls,
      maxTokens: limits.maxTokensPerTurn,
      maxCostUSD: limits.maxCostPerTurnUSD,
      turnTimeoutSeconds: agent.timeoutSeconds ?? limits.turnTimeoutSeconds,
      toolTimeoutSeconds: limits.toolTimeoutSeconds,
    },
  };
};
