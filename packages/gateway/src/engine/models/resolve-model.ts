import { GatewayError } from '@openclaw/contract';
import type { ModelDriver } from '../ports/model.ts';
import { KNOWN_PROVIDERS, knownProvider } from './known-providers.ts';
import { type ModelLimits, modelLimits } from './model-limits.ts';
import type { ModelSettings, ProviderSettings } from './model-settings.ts';
import { seesImages } from './sees-images.ts';

export interface ResolvedModel extends ModelLimits {
  /** 'provider/name'. */
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  /** Media types of the images it may be shown: none where it sees none. */
  readonly imageTypes: readonly string[];
}

/** A resolved model with what it takes to reach it. */
export interface ModelRoute extends ResolvedModel {
  readonly driver: ModelDriver;
  readonly settings: ProviderSettings;
}

export interface Catalogue {
  readonly settings: ModelSettings;
  readonly drivers: readonly ModelDriver[];
}

const DEMO_ID = 'openclaw/demo';
const DEMO_PROVIDER: ProviderSettings = { api: 'demo', apiKeys: [] };

/** The model a name means; without a name, the default. Throws `model_not_configured` with what to do about it. */
export const resolveModel = (catalogue: Catalogue, name: string | undefined): ModelRoute => {
  const { settings } = catalogue;
  const asked = followAliases(name?.trim() || defaultName(settings), settings.aliases);
  if (asked === 'demo' || asked === DEMO_ID) return toRoute(catalogue, 'openclaw', 'demo', DEMO_PROVIDER);
  const { provider, model } = splitName(asked, settings);
  const configured = settings.providers[provider];
  if (configured === undefined) throw notConfigured(asked, provider);
  if (configured.apiKeys.length === 0 && needsKey(provider, configured)) throw notConfigured(asked, provider);
  return toRoute(catalogue, provider, model, configured);
};

/** How to reach a model that was resolved before. */
export const routeTo = (catalogue: Catalogue, { id, provider, name }: ResolvedModel): ModelRoute => {
  const configured = id === DEMO_ID ? DEMO_PROVIDER : catalogue.settings.providers[provider];
  if (configured === undefined) throw notConfigured(id, provider);
  return toRoute(catalogue, provider, name, configured);
};

export const defaultName = ({ default: named, providers }: ModelSettings): string => {
  if (named !== undefined && named.trim() !== '') return named.trim();
  for (const [id, provider] of Object.entries(providers)) {
    const model = provider.models?.[0]?.id ?? knownProvider(id)?.defaultModel;
    if (model !== undefined) return `${id}/${model}`;
  }
  return DEMO_ID;
};

const followAliases = (name: string, aliases: Readonly<Record<string, string>>): string => {
  const seen = [name];
  for (let at = name; ; ) {
    const next = Object.hasOwn(aliases, at) ? aliases[at]?.trim() : undefined;
    if (next === undefined || next === at) return at;
    if (seen.includes(next)) throw new GatewayError('model_not_configured', `The model alias "${name}" goes in a circle: ${[...seen, next].join(' -> ')}.`, { model: name });
    seen.push(next);
    at = next;
  }
};

/** A name with a slash is 'provider/name', unless a provider lists all of it as one of its own. */
const splitName = (asked: string, settings: ModelSettings): { readonly provider: string; readonly model: string } => {
  const slash = asked.indexOf('/');
  const first = asked.slice(0, Math.max(slash, 0));
  if (slash > 0 && slash < asked.length - 1 && Object.hasOwn(settings.providers, first)) return { provider: first, model: asked.slice(slash + 1) };
  const lister = Object.entries(settings.providers).find(([, provider]) => provider.models?.some((model) => model.id === asked))?.[0];
  if (lister !== undefined) return { provider: lister, model: asked };
  if (slash > 0) return { provider: first, model: asked.slice(slash + 1) };
  const owner = KNOWN_PROVIDERS.find((provider) => provider.prefixes?.test(asked));
  if (owner !== undefined) return { provider: owner.id, model: asked };
  throw new GatewayError('model_not_configured', `No provider is known for the model "${asked}". Write it as provider/name, or list it under models.providers.<id>.models.`, { model: asked });
};

const toRoute = ({ settings, drivers }: Catalogue, provider: string, name: string, configured: ProviderSettings): ModelRoute => {
  const id = `${provider}/${name}`;
  const driver = drivers.find((candidate) => candidate.api === configured.api || candidate.aliases.includes(configured.api));
  if (driver === undefined) {
    const offered = drivers.map((candidate) => candidate.api).join(', ');
    throw new GatewayError('model_not_configured', `models.providers.${provider}.api is "${configured.api}", which is none of: ${offered}.`, { model: id });
  }
  const sees = seesImages(name, configured.models?.find((model) => model.id === name));
  return { id, provider, name, ...modelLimits(name, configured, settings), imageTypes: sees ? (driver.imageTypes ?? []) : [], driver, settings: configured };
};

/** The public endpoints need one; a server of one's own may not. */
const needsKey = (id: string, { baseUrl }: ProviderSettings): boolean => {
  const known = knownProvider(id);
  return known !== undefined && (baseUrl === undefined || baseUrl === known.baseUrl);
};

const notConfigured = (asked: string, provider: string): GatewayError => {
  const details = { model: asked, provider };
  const known = knownProvider(provider);
  if (known === undefined) return new GatewayError('model_not_configured', `The model "${asked}" names the provider "${provider}", which models.providers does not have.`, details);
  return new GatewayError('model_not_configured', `The model "${asked}" needs a key: ${whereToSetKey(provider)}.`, { ...details, variable: known.variables[0] });
};

/** What to tell someone whose key is missing or refused. */
export const whereToSetKey = (provider: string): string => {
  const path = `models.providers.${provider}.apiKey`;
  const variable = knownProvider(provider)?.variables[0];
  return variable === undefined ? `set ${path} in the config` : `set ${variable}, or ${path} in the config`;
};
