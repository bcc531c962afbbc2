import { openHttpClient } from '../../drivers/http/undici/index.ts';
import { createModels, detectLocalServers, KNOWN_PROVIDERS, type Models, type ProviderSettings, tryModel } from '../../engine/models/index.ts';
import type { Endpoint, KnownChoice, OnboardHost } from '../../surfaces/cli/onboard/host.ts';
import { expandVariables } from '../config/expand-variables.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import { parseConfig } from '../config/text/parse-config.ts';
import { isBranch, type Tree, valueAt } from '../config/text/tree.ts';
import { setAllInConfig } from '../config/write-config.ts';
import { models as drivers } from '../plugins.gen.ts';
import type { Environment } from '../state/state-folder.ts';
import { changingConfig } from './changing-config.ts';

const DEMO = 'openclaw';

/** `openclaw onboard` on this machine: the models are asked from this process, as a gateway would ask them. */
export const onboardHost = (env: Environment): OnboardHost => ({
  known: KNOWN_PROVIDERS.map(({ id, variables, defaultModel }): KnownChoice => ({ id, model: defaultModel, variable: variables[0], found: variables.find((name) => env[name]?.trim()) })),
  localServers: () =>
    withHttp(async (http) => {
      if (env['OPENCLAW_DETECT_MODELS'] === 'off') return [];
      const found = await detectLocalServers(http, { env });
      return Object.entries(found).map(([id, { baseUrl = '', models = [] }]) => ({ id, baseUrl, models: models.map((model) => model.id) }));
    }),
  models: (endpoint) =>
    asking(endpoint, env, async (models, signal) => {
      const listed = (await models.list(signal)).find(({ provider }) => provider === endpoint.provider);
      if (listed?.problem !== undefined) throw new Error(listed.problem);
      return listed?.models ?? [];
    }),
  try: (endpoint, model) => asking(endpoint, env, (models, signal) => tryModel(models, `${endpoint.provider}/${model}`, signal)),
  save: (endpoint, model) =>
    changingConfig(env, async (file) => {
      const { tree } = await parseConfig((await readConfigFile(file)) ?? '', file);
      return setAllInConfig(file, [...sectionFor(endpoint), ...choiceOf(tree, endpoint.provider, model)], { env });
    }),
});

type Asked<T> = (models: Models, signal: AbortSignal) => Promise<T>;

const asking = <T>(endpoint: Endpoint, env: Environment, work: Asked<T>): Promise<T> =>
  withHttp((http) => {
    const providers = endpoint.provider === DEMO ? {} : { [endpoint.provider]: toSettings(endpoint, env) };
    const models = createModels({ default: undefined, fallbacks: [], aliases: {}, prices: {}, providers }, { drivers, http, log: () => {} });
    return work(models, new AbortController().signal);
  });

const withHttp = async <T>(work: (http: ReturnType<typeof openHttpClient>) => Promise<T>): Promise<T> => {
  const http = openHttpClient();
  try {
    return await work(http);
  } finally {
    await http.close();
  }
};

const apiOf = (provider: string): string => KNOWN_PROVIDERS.find(({ id }) => id === provider)?.api ?? 'openai';

const toSettings = ({ provider, baseUrl, apiKey }: Endpoint, env: Environment): ProviderSettings => {
  const known = KNOWN_PROVIDERS.find(({ id }) => id === provider);
  const url = baseUrl ?? known?.baseUrl;
  const key = expandVariables(apiKey ?? '', env).tree;
  return { api: apiOf(provider), ...(url !== undefined && { baseUrl: url }), apiKeys: typeof key === 'string' && key !== '' ? [key] : [] };
};

type Values = readonly (readonly [path: string, value: unknown])[];

/** Only what was chosen: models or headers that stand there already stay. */
const sectionFor = ({ provider, baseUrl, apiKey }: Endpoint): Values => {
  if (provider === DEMO) return [];
  const path = `models.providers.${JSON.stringify(provider)}`;
  const known = KNOWN_PROVIDERS.some(({ id }) => id === provider);
  return [
    ...(known ? [] : [[`${path}.api`, apiOf(provider)] as const]),
    ...(baseUrl === undefined ? [] : [[`${path}.baseUrl`, baseUrl] as const]),
    ...(apiKey === undefined ? [] : [[`${path}.apiKey`, apiKey] as const]),
  ];
};

/** The model has several spellings in the file; those that are there must agree. */
const choiceOf = (tree: Tree, provider: string, model: string): Values => {
  const name = `${provider}/${model}`;
  const spelled: Values = [
    ...(valueAt(tree, ['models', 'default']) === undefined ? [] : [['models.default', name] as const]),
    ...spellingOf(tree, ['model'], [['provider', provider], ['name', model]], name),
    ...spellingOf(tree, ['agents', 'defaults', 'model'], [['primary', name]], name),
  ];
  return spelled.length === 0 ? [['models.default', name]] : spelled;
};

const spellingOf = (tree: Tree, path: readonly string[], parts: readonly (readonly [string, string])[], name: string): Values => {
  const there = valueAt(tree, path);
  if (isBranch(there)) return parts.map(([key, value]) => [[...path, key].join('.'), value] as const);
  return there === undefined ? [] : [[path.join('.'), name]];
};
