import { isIP } from 'node:net';
import { PERMISSIONS } from '@openclaw/contract/permissions';
import { z } from 'zod';
import { parseDuration } from '../../kernel/duration.ts';
import { amount, flag, matching, named, oneOf, section, text, texts, whole } from './schema-leaves.ts';
import { hooks, incoming } from './schema-of-ways-in.ts';

const PORT = [1, 65_535] as const;
const COUNT = [1, 1_000_000] as const;
const TOKENS = [1, 100_000_000] as const;
const SECONDS = [1, 604_800] as const;

const isHostName = (value: string): boolean => isIP(value) !== 0 || /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value);
const isTimeZone = (value: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
const isTokenText = (value: string): boolean => /^[\x21-\x7e]{1,1024}$/.test(value);
const token = () => matching('a token of printable characters without blanks', isTokenText);

const RANGE = 'an address, or a range such as 192.0.2.0/24';
const isAddressRange = (value: string): boolean => {
  const [address = '', bits, more] = value.split('/');
  const family = isIP(address);
  return family !== 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
};
const KEY = 'a secret of at least 8 printable characters without blanks';

const gateway = section({
  port: whole(...PORT),
  host: matching('a host name or an address', isHostName),
  bind: matching('"loopback", "lan" or an address', (value) => value === 'loopback' || value === 'lan' || value === 'localhost' || isIP(value) !== 0),
  token: token(),
  auth: section({ enabled: flag(), mode: oneOf(['token']), token: token() }).optional(),
  trustedProxies: texts(),
  max_connections: whole(...COUNT),
  allowedHosts: texts(),
  allowedOrigins: texts(),
});

const budget = () => section({ tokensPerDay: whole(1, 1_000_000_000_000), usdPerDay: amount(1_000_000) }).optional();

const workspaceName = z.string().regex(/^(?:\*|[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)$/, { error: 'the name of a workspace in small letters, or "*"' });

const apiKey = section({
  key: z.string({ error: KEY }).refine((value) => isTokenText(value) && value.length >= 8, { error: KEY }),
  label: text(),
  workspaces: z.array(workspaceName, { error: 'a list of workspaces' }).min(1, { error: 'at least one workspace, or leave it out for all' }).optional(),
  permissions: z.array(z.enum(PERMISSIONS).exclude(['gateway:admin'], { error: `permissions, each one of ${PERMISSIONS.filter((one) => one !== 'gateway:admin').join(', ')}` }), { error: 'a list of permissions' }).optional(),
  rateLimit: whole(...COUNT),
  budget: budget(),
  addresses: z.array(z.string({ error: RANGE }).refine(isAddressRange, { error: RANGE }), { error: 'a list of addresses' }).optional(),
});

const api = section({
  enabled: flag(),
  port: z.union([z.int().min(PORT[0]).max(PORT[1]), z.null()], { error: 'a whole number from 1 to 65535, or null for no second port' }).optional(),
  prefix: text(),
  authentication: oneOf(['bearer']),
  cors: section({ origins: texts(), methods: texts() }).optional(),
  rateLimit: whole(...COUNT),
  keys: z.array(apiKey, { error: 'a list of keys' }).optional(),
});

const model = z.union([z.string().min(1), section({ provider: text(), name: text(), max_context: whole(...TOKENS), fallbacks: texts() })], {
  error: 'the name of a model, or a section with provider and name',
});

const INPUT = 'a list of "text" and "image"';
const providerModel = z.union(
  [
    z.string().min(1),
    section({
      id: z.string({ error: 'text' }).min(1, { error: 'text' }),
      contextWindow: whole(...TOKENS),
      contextTokens: whole(...TOKENS),
      maxTokens: whole(...TOKENS),
      input: z.array(z.enum(['text', 'image'], { error: INPUT }), { error: INPUT }).optional(),
    }),
  ],
  { error: 'the name of a model, or a section with its id' },
);

const provider = section({
  api: text(),
  baseUrl: matching('a URL that begins with http:// or https://', (value) => /^https?:$/.test(URL.parse(value)?.protocol ?? '')),
  apiKey: z.union([z.string(), z.array(z.string())], { error: 'text, or a list of texts' }).optional(),
  headers: named(z.string({ error: 'text' })).optional(),
  models: z.array(providerModel, { error: 'a list of models' }).optional(),
});

const rate = () => z.number({ error: 'US dollars for a million tokens, 0 or more' }).min(0, { error: 'US dollars for a million tokens, 0 or more' });

const models = section({
  default: text(),
  aliases: named(z.string({ error: 'the name of a model' }).min(1, { error: 'the name of a model' })).optional(),
  providers: named(provider).optional(),
  prices: named(section({ input: rate(), output: rate(), cacheRead: rate().optional(), cacheWrite: rate().optional() })).optional(),
});

const LENGTH = 'a length of time such as "30m"';
const lengthOfTime = () => matching(LENGTH, (value) => parseDuration(value) !== undefined);
const keptFor = () => {
  const error = `${LENGTH}, up to 30 days, or false for good`;
  const isLength = (value: string): boolean => (parseDuration(value) ?? 0) >= 1_000 && (parseDuration(value) ?? 0) <= 30 * 86_400_000;
  return z.union([z.string().refine(isLength), z.literal(false)], { error }).optional();
};
const timeOfDay = () => matching('a time of the day such as "08:00"', (value) => /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(value));

const heartbeat = section({
  every: matching(`${LENGTH}, or "0m" for never`, (value) => (parseDuration(value) ?? 1) === 0 || (parseDuration(value) ?? 0) >= 1_000),
  activeHours: section({ start: timeOfDay(), end: timeOfDay(), timezone: matching('a time zone such as "Europe/Berlin"', isTimeZone) }).optional(),
  target: text('"none", "last", or the name of a channel'),
  to: text('the conversation, as the channel names it'),
  model: text(),
  prompt: text(),
  session: text('the name of a session'),
});

const agentKeys = {
  workspace: text('the path of a folder'),
  model: z.union([z.string().min(1), section({ primary: text(), fallbacks: texts() })], { error: 'the name of a model, or a section with primary and fallbacks' }).optional(),
  timeoutSeconds: whole(...SECONDS),
  maxConcurrent: whole(1, 1024),
  timezone: matching('a time zone such as "Europe/Berlin"', isTimeZone),
  language: text(),
  systemPrompt: text(),
  maxTokens: whole(...TOKENS),
  contextTokens: whole(...TOKENS),
  budget: budget(),
  heartbeat: heartbeat.optional(),
  compaction: section({ enabled: flag(), reserveTokens: whole(...TOKENS), keepRecentTokens: whole(...TOKENS) }).optional(),
};

const AGENT_ID = 'a name of letters, digits, dot, dash and underscore';
const agentId = z.string({ error: AGENT_ID }).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, { error: AGENT_ID });

const agents = section({
  defaults: section(agentKeys).optional(),
  list: z.array(section({ id: agentId, ...agentKeys }), { error: 'a list of agents' }).optional(),
  entries: z.record(agentId, section(agentKeys), { error: 'an object of agents by their names' }).optional(),
});

const limits = section({
  maxStepsPerTurn: whole(1, 10_000),
  maxRepeatedToolCalls: whole(1, 1000),
  maxTokensPerTurn: whole(...TOKENS),
  maxCostPerTurnUSD: amount(100_000),
  budget: budget(),
  turnTimeoutSeconds: whole(...SECONDS),
  toolTimeoutSeconds: whole(...SECONDS),
  maxConcurrentTurns: whole(1, 1024),
});

const store = section({
  url: matching('a URL that begins with postgres://', (value) => /^postgres(?:ql)?:$/.test(URL.parse(value)?.protocol ?? '')),
});

const skills = section({
  registry: matching('a URL that begins with http:// or https://, without a user or a password', (value) => {
    const url = URL.parse(value);
    return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  }),
});

const logLevel = () => oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

const logging = section({
  level: logLevel(),
  file: z.union([z.boolean(), z.string().min(1)], { error: 'true, false or the path of a file' }).optional(),
  pretty: flag(),
  maxFileMB: amount(10_000),
  maxFiles: whole(1, 1000),
});

const queueMode = () => z.enum(['followup', 'collect', 'steer', 'interrupt'], { error: 'one of "followup", "collect", "steer", "interrupt"' });
const CHANNEL = 'a name of small letters, digits and dashes';
const channelName = z.string({ error: CHANNEL }).regex(/^[a-z0-9][a-z0-9-]{0,40}$/, { error: CHANNEL });
const senders = () => z.array(z.union([z.string().min(1), z.int()]), { error: 'a list of ids of senders' }).optional();

const channelKeys = {
  enabled: flag(),
  workspace: matching('the name of a workspace', (value) => /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(value)),
  dmPolicy: oneOf(['pairing', 'allowlist', 'open', 'off', 'disabled']),
  allowFrom: senders(),
  groupPolicy: oneOf(['allowlist', 'open', 'off', 'disabled']),
  groups: named(section({ requireMention: flag(), allowFrom: senders() })).optional(),
  requireMention: flag(),
  max_messages_per_hour: whole(...COUNT),
  cooldown_seconds: amount(86_400),
  max_connections: whole(...COUNT),
  staleAfterSeconds: whole(1, 2_592_000),
  delivery: oneOf(['at-least-once', 'at-most-once']),
  streaming: flag(),
  queue: queueMode().optional(),
};

/** What else stands in it is its driver's to read. */
const channel = section({ ...channelKeys, accounts: named(section(channelKeys).meta({ ownKeys: true })).optional() }).meta({ ownKeys: true });

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const url = () => {
  const error = 'a URL that begins with http:// or https://, without a user or a password';
  return z.string({ error }).refine((text) => {
    const read = URL.parse(text);
    return read !== null && /^https?:$/.test(read.protocol) && read.username === '' && read.password === '';
  }, { error });
};
const secretText = () => z.string({ error: 'text' }).min(1, { error: 'text' });

const outgoing = section({
  event: text('the name of an event'),
  events: z.array(z.string({ error: 'the name of an event' }), { error: 'a list of events' }).optional(),
  url: url(),
  name: text(),
  enabled: flag(),
  secret: z.union([secretText(), z.array(secretText()).min(1)], { error: 'text, or a list of texts' }).optional(),
  headers: named(z.string({ error: 'text' })).optional(),
  filter: named(z.union([value, z.array(value)], { error: 'a value, or a list of values' })).optional(),
  transform: z.unknown().optional(),
  retries: whole(0, 50),
  timeoutMs: whole(100, 60_000),
  concurrency: whole(1, 50),
  ordering: oneOf(['none', 'session', 'fifo']),
  signature: oneOf(['prefixed', 'bare']),
});

const HOST = 'an address, a range such as 10.0.0.0/8, or the name of a host';

const webhooks = section({
  incoming: incoming.optional(),
  outgoing: z.array(outgoing, { error: 'a list of webhooks' }).optional(),
  outbound: z.array(outgoing, { error: 'a list of webhooks' }).optional(),
  allowedPrivate: z.array(z.string({ error: HOST }).refine((one) => isAddressRange(one) || isHostName(one), { error: HOST }), { error: 'a list of addresses' }).optional(),
});

/** Everything the gateway reads from its configuration. A new section is one line here, its keys above. */
export const ConfigSchema = section({
  gateway: gateway.optional(),
  api: api.optional(),
  model: model.optional(),
  models: models.optional(),
  agents: agents.optional(),
  limits: limits.optional(),
  store: store.optional(),
  cron: section({ enabled: flag(), skipMissedJobs: flag(), grace: lengthOfTime(), maxJobs: whole(...COUNT), sessionRetention: keptFor() }).optional(),
  skills: skills.optional(),
  channels: z.record(channelName, channel, { error: 'an object of channels by their names' }).optional(),
  messages: section({ queue: queueMode().optional(), attachments: section({ maxMegabytes: whole(0, 100) }).optional() }).optional(),
  logging: logging.optional(),
  log_level: logLevel(),
  audit: section({ keepDays: whole(1, 36_500) }).optional(),
  webhooks: webhooks.optional(),
  hooks: hooks.optional(),
  tools: section({ allow: texts(), deny: texts(), roots: texts() }).optional(),
});

export type Config = z.infer<typeof ConfigSchema>;
