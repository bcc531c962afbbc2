import { dirname, basename, resolve } from 'node:path';
import { fromHome, type StateFolder } from '../state/state-folder.ts';
import type { Budget } from '@openclaw/contract';
import type { Endpoint, HookSettings } from '../../engine/ingress/index.ts';
import { agreed } from './settings/agreed.ts';
import { agentsFrom, type AgentSettings } from './settings/agent-settings.ts';
import { budgetFrom } from './settings/budget-from.ts';
import { channelsFrom, type ConfiguredChannel } from './settings/channel-settings.ts';
import { freezeDeep } from './settings/freeze-deep.ts';
import { cronFrom, type CronSettings } from './settings/cron-settings.ts';
import { hooksFrom } from './settings/hook-settings.ts';
import { incomingFrom } from './settings/incoming-settings.ts';
import { listeningFrom, type ApiKeySettings, type ApiSettings, type GatewaySettings } from './settings/listening-settings.ts';
import { modelsFrom, type ModelSettings } from './settings/model-settings.ts';
import type { ConfigFlags, SettingsSources } from './settings/settings-sources.ts';
import { webhooksFrom, type WebhookSettings } from './settings/webhook-settings.ts';
import type { Config } from './schema.ts';

export type { AgentSettings, ApiKeySettings, ApiSettings, ConfigFlags, CronSettings, GatewaySettings, ModelSettings, WebhookSettings };

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** The configuration as the gateway uses it: every default filled in, every spelling folded into one name. */
export interface Settings {
  readonly gateway: GatewaySettings;
  readonly api: ApiSettings;
  readonly models: ModelSettings;
  readonly agentDefaults: AgentSettings;
  /** By id. `main` is always there. */
  readonly agents: Readonly<Record<string, AgentSettings>>;
  readonly limits: LimitSettings;
  readonly store: { readonly postgresUrl?: string };
  readonly cron: CronSettings;
  readonly skills: { readonly registry?: string };
  readonly channels: readonly ConfiguredChannel[];
  readonly logging: LoggingSettings;
  readonly webhooks: WebhookSettings;
  /** Without it, what is in the audit log stays. */
  readonly audit: { readonly keepDays?: number };
  /** Where others tell the agent something. */
  readonly incoming: readonly Endpoint[];
  readonly hooks: HookSettings;
  readonly tools: { readonly allow?: readonly string[]; readonly deny: readonly string[]; readonly roots: readonly string[] };
}

export interface LimitSettings {
  readonly maxStepsPerTurn: number;
  readonly maxRepeatedToolCalls: number;
  readonly maxTokensPerTurn?: number;
  readonly maxCostPerTurnUSD?: number;
  /** Of everything in a day. */
  readonly budget?: Budget;
  readonly turnTimeoutSeconds: number;
  readonly toolTimeoutSeconds: number;
  readonly maxConcurrentTurns: number;
}

export interface LoggingSettings {
  readonly level: LogLevel;
  /** Absent where the log goes to the terminal only. */
  readonly file?: { readonly folder: string; readonly name: string };
  /** Absent where the terminal decides. */
  readonly pretty?: boolean;
  readonly maxFileMB: number;
  readonly maxFiles: number;
}

/** Throws a ConfigError where two keys contradict each other or a combination is not safe. */
export const settingsFrom = (config: Config, sources: SettingsSources): Settings => {
  const { env, folder, file } = sources;
  const toPath = (path: string): string => resolve(dirname(file), fromHome(path, env));
  const postgresUrl = config.store?.url ?? (env['DATABASE_URL'] || undefined);
  const { defaults, agents } = agentsFrom(config, { file, folder, toPath });
  const { allow, deny = [], roots = [] } = config.tools ?? {};
  return freezeDeep({
    ...listeningFrom(config, sources),
    models: modelsFrom(config, file),
    agentDefaults: defaults,
    agents,
    limits: limitsFrom(config.limits ?? {}, config.agents?.defaults?.maxConcurrent),
    cron: cronFrom(config.cron ?? {}, env),
    skills: config.skills?.registry === undefined ? {} : { registry: config.skills.registry },
    channels: channelsFrom(config),
    store: postgresUrl === undefined ? {} : { postgresUrl },
    logging: loggingFrom({ ...config.logging, level: agreed(file, [['logging.level', config.logging?.level], ['log_level', config.log_level]]) }, folder, toPath),
    webhooks: webhooksFrom(config, file),
    audit: config.audit?.keepDays === undefined ? {} : { keepDays: config.audit.keepDays },
    incoming: incomingFrom(config, file),
    hooks: hooksFrom(config, { file, folder }),
    tools: { ...(allow === undefined ? {} : { allow }), deny, roots: roots.map(toPath) },
  });
};

const limitsFrom = (limits: NonNullable<Config['limits']>, turnsOfAgents: number | undefined): LimitSettings => ({
  maxStepsPerTurn: limits.maxStepsPerTurn ?? 25,
  maxRepeatedToolCalls: limits.maxRepeatedToolCalls ?? 3,
  ...(limits.maxTokensPerTurn === undefined ? {} : { maxTokensPerTurn: limits.maxTokensPerTurn }),
  ...(limits.maxCostPerTurnUSD === undefined ? {} : { maxCostPerTurnUSD: limits.maxCostPerTurnUSD }),
  ...(limits.budget === undefined ? {} : { budget: budgetFrom(limits.budget) }),
  turnTimeoutSeconds: limits.turnTimeoutSeconds ?? 600,
  toolTimeoutSeconds: limits.toolTimeoutSeconds ?? 60,
  maxConcurrentTurns: limits.maxConcurrentTurns ?? turnsOfAgents ?? 32,
});

const loggingFrom = (logging: NonNullable<Config['logging']>, folder: StateFolder, toPath: (path: string) => string): LoggingSettings => {
  const { file = true, pretty } = logging;
  const path = typeof file === 'string' ? toPath(file) : resolve(folder.logs, 'gateway.log');
  return {
    level: logging.level ?? 'info',
    ...(file === false ? {} : { file: { folder: dirname(path), name: basename(path) } }),
    ...(pretty === undefined ? {} : { pretty }),
    maxFileMB: logging.maxFileMB ?? 10,
    maxFiles: logging.maxFiles ?? 5,
  };
};
