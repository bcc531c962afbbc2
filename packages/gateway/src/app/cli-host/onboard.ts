import { openHttpClient } from '../../drivers/http/undici/index.ts';
import { createModels, detectLocalServers, KNOWN_PROVIDERS, type Models, type ProviderSettings, tryModel } from '../../engine/models/index.ts';
import { CliError } from '../../surfaces/cli/host.ts';
import type { Endpoint, KnownChoice, OnboardHost } from '../../surfaces/cli/onboard/host.ts';
import { checkConfig } from '../config/check-config.ts';
import { findConfig } from '../config/find-config.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import { modelsFrom } from '../config/settings/model-settings.ts';
import { parseKeyPath } from '../config/text/key-path.ts';
import { parseConfig } from '../config/text/parse-config.ts';
import { asTree, isBranch, type Tree, valueAt, withChange } from '../config/text/tree.ts';
import { setAllInConfig } from '../config/write-config.ts';
import { models as drivers } from '../plugins.gen.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';
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
  hasKey: async (provider) => {
    const { file } = await findConfig(env, stateFolder(env));
    return [valueAt(await treeOf(file), ['models', 'providers', provider, 'apiKey'])].flat().some((key) => typeof key === 'string' && key !== '');
  },
  models: (endpoint) =>
    asking(endpoint, env, async (models, signal) => {
      const listed = (await models.list(signal)).find(({ provider }) => provider === endpoint.provider);
      if (listed?.problem !== undefined) throw new Error(listed.problem);
      return listed?.models ?? [];
    }),
  try: (endpoint, model) =>
    asking(endpoint, env, (models, signal) => tryModel(models, `${endpoint.provider}/${model}`, signal)).catch((thrown: unknown) => {
      throw thrown instanceof Error && thrown.name === 'TimeoutError' ? new CliError(`${model} gave no answer in time`) : thrown;
    }),
  save: (endpoint, model) =>
    changingConfig(env, async (file) => {
      const tree = await treeOf(file);
      return setAllInConfig(file, [...sectionFor(endpoint, tree), ...choiceOf(tree, endpoint.provider, model)], { env });
    }),
});

const treeOf = async (file: string): Promise<Tree> => (await parseConfig((await readConfigFile(file)) ?? '', file)).tree;

type Asked<T> = (models: Models, signal: AbortSignal) => Promise<T>;

const asking = async <T>(endpoint: Endpoint, env: Environment, work: Asked<T>): Promise<T> => {
  const { file } = await findConfig(env, stateFolder(env));
  const providers = endpoint.provider === DEMO ? {} : { [endpoint.provider]: await settingsAfter(endpoint, file, env) };
  return withHttp((http) => {
    const models = createModels({ default: undefined, fallbacks: [], aliases: {}, prices: {}, providers }, { drivers, http, log: () => {} });
    return work(models, new AbortController().signal);
  });
};

const withHttp = async <T>(work: (http: ReturnType<typeof openHttpClient>) => Promise<T>): Promise<T> => {
  const http = openHttpClient();
  try {
    return await work(http);
  } finally {
    await http.close();
  }
};

/** What the file will say once the choice is written: that is what has to answer. */
const settingsAfter = async (endpoint: Endpoint, file: string, env: Environment): Promise<ProviderSettings> => {
  const tree = await treeOf(file);
  const after = sectionFor(endpoint, tree).reduce<Tree>((now, [path, value]) => withChange(now, { path: parseKeyPath(path) ?? [], value }), tree);
  const { config } = checkConfig({ tree: { models: valueOf(after, ['models']) }, locate: () => undefined }, { file, env, allowUnset: true });
  const settings = modelsFrom(config, file).providers[endpoint.provider];
  const known = KNOWN_PROVIDERS.find(({ id }) => id === endpoint.provider);
  return settings ?? { api: known?.api ?? 'openai', apiKeys: [] };
};

const valueOf = (tree: Tree, path: readonly string[]): Tree => asTree(valueAt(tree, path) ?? {});

type Values = readonly (readonly [path: string, value: string])[];

/** Only what was chosen: models or headers that stand there already stay. */
const sectionFor = ({ provider, baseUrl, apiKey }: Endpoint, tree: Tree): Values => {
  if (provider === DEMO) return [];
  const known = KNOWN_PROVIDERS.find(({ id }) => id === provider);
  const there = valueAt(tree, ['models', 'providers', provider]);
  const chosen = {
    api: known === undefined && valueAt(there, ['api']) === undefined ? 'openai' : undefined,
    baseUrl,
    apiKey,
  };
  return Object.entries(chosen).flatMap(([key, value]) => (value === undefined ? [] : [[`models.providers.${JSON.stringify(provider)}.${key}`, value] as const]));
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
