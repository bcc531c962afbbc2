import type { HttpClient } from '../ports/http-client.ts';
import type { ProviderSettings } from './model-settings.ts';
import type { Catalogue } from './resolve-model.ts';

export interface ListedProvider {
  readonly provider: string;
  /** Names to put after 'provider/'. */
  readonly models: readonly string[];
  /** Why the endpoint was of no help; `models` then holds what the settings list. */
  readonly problem?: string;
}

const LIST_DEADLINE_MS = 5_000;

/** Every configured provider with the models it offers now, and the demo. */
export const listModels = async (catalogue: Catalogue, http: HttpClient, signal: AbortSignal): Promise<readonly ListedProvider[]> => {
  const asked = AbortSignal.any([signal, AbortSignal.timeout(LIST_DEADLINE_MS)]);
  const configured = Object.entries(catalogue.settings.providers).map(([id, provider]) => listProvider(catalogue, http, { id, provider, signal: asked }));
  const listed = await Promise.all(configured);
  signal.throwIfAborted();
  return [...listed, { provider: 'openclaw', models: ['demo'] }];
};

interface ProviderQuery {
  readonly id: string;
  readonly provider: ProviderSettings;
  readonly signal: AbortSignal;
}

const listProvider = async ({ drivers }: Catalogue, http: HttpClient, { id, provider, signal }: ProviderQuery): Promise<ListedProvider> => {
  const own = (provider.models ?? []).map((model) => model.id);
  const driver = drivers.find(({ api, aliases }) => api === provider.api || aliases.includes(provider.api));
  if (driver === undefined) return { provider: id, models: own, problem: `No driver speaks "${provider.api}".` };
  const { baseUrl = '', apiKeys, headers } = provider;
  try {
    const connection = { http, baseUrl, apiKey: apiKeys[0], ...(headers === undefined ? {} : { headers }) };
    const offered = (await driver.provider.list?.(connection, signal)) ?? [];
    return { provider: id, models: [...new Set([...own, ...offered])] };
  } catch (error) {
    return { provider: id, models: own, problem: reasonOf(error) };
  }
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'It did not answer in time.';
  return error.message === '' ? error.name : error.message;
};
