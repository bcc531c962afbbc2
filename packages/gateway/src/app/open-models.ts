import { isDeepStrictEqual } from 'node:util';
import { openHttpClient } from '../drivers/http/undici/index.ts';
import { createModels, detectLocalServers, type Models, type ModelSettings, settingsFromEnvironment } from '../engine/models/index.ts';
import type { Log } from '../kernel/log.ts';
import type { LiveConfig } from './config/live-config.ts';
import type { Environment } from './state/state-folder.ts';
import { models as drivers } from './plugins.gen.ts';

export interface OpenModels {
  current(): Models;
  /** Where the model in use comes from, in words fit for a printout. */
  source(): string;
  close(): Promise<void>;
}

interface Chosen {
  readonly settings: ModelSettings;
  readonly source: string;
}

/** The models this gateway can ask, kept up with the configuration. */
export const openModels = async (config: Pick<LiveConfig, 'current' | 'onChange'>, env: Environment, log: Log): Promise<OpenModels> => {
  const http = openHttpClient();
  const fromEnvironment = settingsFromEnvironment(env);
  const configured = config.current().models;
  const needsLocal = Object.keys(configured.providers).length + Object.keys(fromEnvironment.providers).length === 0;
  const local = needsLocal && env['OPENCLAW_DETECT_MODELS'] !== 'off' ? await detectLocalServers(http, { env }) : {};

  const choose = (): Chosen => {
    const { default: named, defaultProvider, ...rest } = config.current().models;
    const providers = { ...local, ...fromEnvironment.providers, ...rest.providers };
    const chosen = named ?? (defaultProvider && firstOf(defaultProvider, providers)) ?? fromEnvironment.default;
    const source = named !== undefined || defaultProvider !== undefined ? 'from the configuration' : sourceOf(fromEnvironment, local);
    return { settings: { ...rest, default: chosen, providers }, source };
  };
  const build = ({ settings }: Chosen): Models => createModels(settings, { drivers, http, log });

  let chosen = choose();
  let models = build(chosen);
  config.onChange(({ settings, previous }) => {
    // Benched keys and prices read stay as they are when something else changed.
    if (isDeepStrictEqual(settings.models, previous.models)) return;
    chosen = choose();
    models = build(chosen);
  });
  return { current: () => models, source: () => chosen.source, close: () => http.close() };
};

const firstOf = (provider: string, providers: ModelSettings['providers']): string | undefined => {
  const first = providers[provider]?.models?.[0]?.id;
  return first === undefined ? undefined : `${provider}/${first}`;
};

const sourceOf = (fromEnvironment: ModelSettings, local: ModelSettings['providers']): string => {
  if (fromEnvironment.default !== undefined) return 'its key is in the environment';
  const [server] = Object.keys(local);
  if (server !== undefined) return `found running on this machine: ${server}`;
  return 'built in and offline; set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY for a real one';
};
