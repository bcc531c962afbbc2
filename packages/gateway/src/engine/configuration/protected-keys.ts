import type { Leaf, Path } from './leaves.ts';

const AGENT = ['model', 'model.primary', 'model.fallbacks', 'timeoutSeconds', 'maxConcurrent', 'timezone', 'language', 'systemPrompt', 'maxTokens', 'contextTokens', 'compaction.**'];

/** What `config:write` may change. `*` is any name or index, `**` all below. Everything else is for the gateway token, known or not. */
const OPEN: readonly string[] = [
  'model', 'model.provider', 'model.name', 'model.max_context', 'model.fallbacks', 'model.temperature', 'model.max_tokens',
  'models.default', 'models.aliases.*', 'models.providers.*.models', 'models.providers.*.models.**',
  ...['agents.defaults', 'agents.list.*', 'agents.entries.*'].flatMap((place) => AGENT.map((key) => `${place}.${key}`)),
  'limits.maxStepsPerTurn', 'limits.maxRepeatedToolCalls', 'limits.maxTokensPerTurn', 'limits.maxCostPerTurnUSD',
  'limits.turnTimeoutSeconds', 'limits.toolTimeoutSeconds', 'limits.maxConcurrentTurns',
  'logging.level', 'log_level',
];

/** Why the others are not; the first that fits. */
const REASONS: readonly (readonly [place: string, reason: string])[] = [
  ['gateway.**', 'it decides who may connect, and from where'],
  ['api.keys.**', 'it grants rights'],
  ['api.**', 'it decides who may connect, and how often'],
  ['models.providers.**', 'it decides where conversations and keys of providers are sent'],
  ['models.prices.**', 'budgets in dollars are reckoned with it'],
  ['agents.list.*.id', 'it gives the rights of one agent to another'],
  ['agents.*.workspace', 'it decides which files the agent reaches'],
  ['agents.*.*.workspace', 'it decides which files the agent reaches'],
  ['tools.**', 'it decides what the agent may do on this machine'],
  ['sandbox.**', 'it decides what the agent may do on this machine'],
  ['exec.**', 'it decides what the agent may do on this machine'],
  ['skills.**', 'it decides whose instructions and programs the agent gets'],
  ['store.**', 'it decides where everything is kept'],
  ['logging.**', 'it decides where the gateway writes on this machine'],
  ['audit.**', 'it decides what is known later of who did what'],
  ['hooks.**', 'it decides who may make the agent work'],
  ['webhooks.**', 'it decides who is told of what happens, and with which secret'],
  ['channels.**', 'it decides who may write to the agent, and by which accounts'],
  ['limits.**', 'it decides what may be spent'],
];

const OTHERWISE = 'what it decides is not known, so it is not open';
const NAMES_A_VARIABLE = 'a variable of the environment may hold a secret';

/** Why a change is for the gateway token alone; undefined where `config:write` is enough. */
export const reasonToRefuse = ({ path, value }: Leaf): string | undefined => {
  // What an agent is told reaches a model: a key of a provider must not get there by its name.
  if (/\$\{[A-Z_][A-Z0-9_]*\}/.test(JSON.stringify(value) ?? '')) return NAMES_A_VARIABLE;
  if (OPEN.some((place) => fits(path, place) || (isEmpty(value) && leadsTo(path, place)))) return undefined;
  return REASONS.find(([place]) => fits(path, place))?.[1] ?? OTHERWISE;
};

const fits = (path: Path, place: string): boolean => {
  const wanted = place.split('.');
  const deep = wanted.at(-1) === '**';
  if (deep) wanted.pop();
  return (deep ? path.length >= wanted.length : path.length === wanted.length) && wanted.every((key, index) => key === '*' || key === path[index]);
};

/** A section without keys says nothing; it may stand above what is open. */
const leadsTo = (path: Path, place: string): boolean => path.length < place.split('.').length && fits(path, place.split('.').slice(0, path.length).join('.'));

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0 && !Array.isArray(value);
