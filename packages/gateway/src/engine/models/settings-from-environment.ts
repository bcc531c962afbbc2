import { KNOWN_PROVIDERS, type KnownProvider } from './known-providers.ts';
import type { ModelSettings, ProviderSettings } from './model-settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every provider whose well-known key is set (`<NAME>`, or a comma-separated list in `<NAME>S`); the first one's model is the default. */
export const settingsFromEnvironment = (env: Environment): ModelSettings => {
  const found = KNOWN_PROVIDERS.flatMap((provider) => {
    const apiKeys = keysIn(env, provider);
    return apiKeys.length === 0 ? [] : [{ provider, apiKeys }];
  });
  const first = found[0]?.provider;
  return {
    default: first === undefined ? undefined : `${first.id}/${first.defaultModel}`,
    fallbacks: [],
    aliases: {},
    providers: Object.fromEntries(found.map(({ provider, apiKeys }) => [provider.id, toSettings(provider, apiKeys, env)])),
    prices: {},
  };
};

const toSettings = (provider: KnownProvider, apiKeys: readonly string[], env: Environment): ProviderSettings => ({
  api: provider.api,
  baseUrl: env[`${provider.id.toUpperCase()}_BASE_URL`]?.trim() || provider.baseUrl,
  apiKeys,
});

const keysIn = (env: Environment, { variables }: KnownProvider): readonly string[] => {
  const values = variables.flatMap((name) => [env[name] ?? '', ...(env[`${name}S`] ?? '').split(',')]);
  return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))];
};
