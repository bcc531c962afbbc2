import { ConfigError } from '../config-error.ts';
import type { Config } from '../schema.ts';
import { agreed } from './agreed.ts';
import { byName } from './by-name.ts';

/** Which models there are and which one answers. */
export interface ModelSettings {
  /** `provider/name`, a bare name or an alias, as it was written. */
  readonly default?: string;
  /** Named alone (`model: { provider }`): that provider's own first model answers. */
  readonly defaultProvider?: string;
  readonly fallbacks: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  /** US dollars for a million tokens, by model. */
  readonly prices: Readonly<Record<string, PriceSettings>>;
  /** The most tokens of context a turn may use. */
  readonly contextTokens?: number;
}

export interface ProviderSettings {
  readonly api: string;
  readonly baseUrl?: string;
  readonly apiKeys: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly models?: readonly ProviderModelSettings[];
}

export interface ProviderModelSettings {
  readonly id: string;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly input?: readonly ('text' | 'image')[];
}

export interface PriceSettings {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** Providers whose wire is known by their name; everybody else speaks OpenAI's unless the file says otherwise. */
const API_OF_PROVIDER: Readonly<Record<string, string>> = { anthropic: 'anthropic', google: 'google', gemini: 'google' };

export const modelsFrom = (config: Config, file: string): ModelSettings => {
  const { model, models = {} } = config;
  const spelled = typeof model === 'string' ? { name: model } : (model ?? {});
  const ofAgents = choiceOf(config.agents?.defaults?.model);
  const chosen = agreed(file, [
    ['models.default', models.default],
    ['model', spelled.name === undefined ? undefined : fullName(spelled)],
    ['agents.defaults.model', ofAgents.primary],
  ]);
  const fallbacks = agreed(file, [['model.fallbacks', fallbacksOf(model)], ['agents.defaults.model.fallbacks', ofAgents.fallbacks]]);
  const contextTokens = agreed(file, [['model.max_context', maxContextOf(model)], ['agents.defaults.contextTokens', config.agents?.defaults?.contextTokens]]);
  const provider = chosen === undefined ? providerOf(model) : undefined;
  return {
    ...(chosen === undefined ? {} : { default: chosen }),
    ...(provider === undefined ? {} : { defaultProvider: provider }),
    fallbacks: fallbacks ?? [],
    aliases: byName(Object.entries(models.aliases ?? {})),
    providers: byName(Object.entries(models.providers ?? {}).map(([id, section]) => [id, providerFrom(id, section, file)])),
    prices: byName(Object.entries(models.prices ?? {}).map(([id, price]) => [id, priceFrom(price)])),
    ...(contextTokens === undefined ? {} : { contextTokens }),
  };
};

type ModelSection = Config['model'];

/** Both forms in which an agent names its model. */
export const choiceOf = (model: string | { primary?: string | undefined; fallbacks?: readonly string[] | undefined } | undefined) => {
  if (typeof model === 'string') return { primary: model, fallbacks: undefined };
  return { primary: model?.primary, fallbacks: model?.fallbacks };
};

const fallbacksOf = (model: ModelSection): readonly string[] | undefined => (typeof model === 'object' ? model.fallbacks : undefined);
const maxContextOf = (model: ModelSection): number | undefined => (typeof model === 'object' ? model.max_context : undefined);
const providerOf = (model: ModelSection): string | undefined => (typeof model === 'object' ? model.provider : undefined);

const fullName = ({ provider, name = '' }: { provider?: string | undefined; name?: string | undefined }): string =>
  provider === undefined || name.startsWith(`${provider}/`) ? name : `${provider}/${name}`;

type ProviderSection = NonNullable<NonNullable<Config['models']>['providers']>[string];

const providerFrom = (id: string, section: ProviderSection, file: string): ProviderSettings => {
  const keys = section.apiKey === undefined ? [] : [section.apiKey].flat();
  return {
    api: section.api ?? (Object.hasOwn(API_OF_PROVIDER, id) ? API_OF_PROVIDER[id] : undefined) ?? 'openai',
    ...(section.baseUrl === undefined ? {} : { baseUrl: section.baseUrl }),
    apiKeys: [...new Set(keys.filter((key) => key !== ''))],
    ...(section.headers === undefined ? {} : { headers: byName(Object.entries(section.headers)) }),
    ...(section.models === undefined ? {} : { models: section.models.map((model) => providerModel(id, model, file)) }),
  };
};

type ProviderModelSection = NonNullable<ProviderSection['models']>[number];

const providerModel = (provider: string, model: ProviderModelSection, file: string): ProviderModelSettings => {
  if (typeof model === 'string') return { id: model };
  const { id, contextWindow, contextTokens, maxTokens, input } = model;
  if (contextWindow !== undefined && contextTokens !== undefined && contextTokens > contextWindow) {
    throw new ConfigError({ file }, `contextTokens of the model "${id}" in models.providers.${provider} is larger than its contextWindow`);
  }
  const context = contextTokens ?? contextWindow;
  return {
    id,
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(input === undefined ? {} : { input }),
  };
};

type PriceSection = NonNullable<NonNullable<Config['models']>['prices']>[string];

const priceFrom = ({ input, output, cacheRead, cacheWrite }: PriceSection): PriceSettings => ({
  input,
  output,
  ...(cacheRead === undefined ? {} : { cacheRead }),
  ...(cacheWrite === undefined ? {} : { cacheWrite }),
});
