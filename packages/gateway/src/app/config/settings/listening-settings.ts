import { BlockList, isIP } from 'node:net';
import { ConfigError } from '../config-error.ts';
import type { Budget } from '@openclaw/contract';
import { KEY_PERMISSIONS, type Permission } from '@openclaw/contract/permissions';
import type { Config } from '../schema.ts';
import type { SettingsSources } from './settings-sources.ts';
import { agreed } from './agreed.ts';
import { budgetFrom } from './budget-from.ts';

export interface GatewaySettings {
  readonly port: number;
  readonly host: string;
  /** What the file says; `gatewayToken` looks further where it says nothing. */
  readonly token?: string;
  readonly authRequired: boolean;
  readonly trustedProxies: readonly string[];
  readonly maxConnections: number;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

export interface ApiSettings {
  /** null where there is no second listener: switched off, or the same port as the gateway's. */
  readonly port: number | null;
  readonly cors: { readonly origins: readonly string[]; readonly methods: readonly string[] };
  /** Requests a minute, for credentials without a limit of their own. */
  readonly rateLimit?: number;
  readonly keys: readonly ApiKeySettings[];
}

/** A key of the configuration, under the name it is known by. */
export interface ApiKeySettings {
  readonly key: string;
  readonly label: string;
  readonly workspaces: readonly string[];
  readonly permissions: readonly Permission[];
  readonly rateLimit?: number;
  readonly budget?: Budget;
  readonly addresses: readonly string[];
}

const CORS_METHODS = ['GET', 'POST', 'PATCH', 'DELETE'];
const MOST_CONNECTIONS = 10_000;
const HOSTS: Readonly<Record<string, string>> = { loopback: '127.0.0.1', localhost: '127.0.0.1', lan: '0.0.0.0' };

export const listeningFrom = (config: Config, sources: SettingsSources): { readonly gateway: GatewaySettings; readonly api: ApiSettings } => {
  const { env, flags = {}, file } = sources;
  const { gateway = {}, api = {} } = config;
  const token = agreed(file, [['gateway.token', gateway.token], ['gateway.auth.token', gateway.auth?.token]]);
  const port = flags.port ?? gateway.port ?? portFromEnvironment(env, file) ?? 18_789;
  const apiPort = flags.apiPort !== undefined ? flags.apiPort : api.enabled === false ? null : (api.port ?? (api.port === null ? null : 3000));
  const listening = {
    port,
    host: hostFrom(gateway, sources),
    ...(token === undefined ? {} : { token }),
    authRequired: gateway.auth?.enabled ?? true,
    trustedProxies: gateway.trustedProxies ?? [],
    maxConnections: gateway.max_connections ?? MOST_CONNECTIONS,
    allowedHosts: gateway.allowedHosts ?? [],
    allowedOrigins: gateway.allowedOrigins ?? [],
  };
  refuseOpenDoor(listening, gateway, file);
  const cors = { origins: api.cors?.origins ?? [], methods: api.cors?.methods ?? CORS_METHODS };
  const { rateLimit } = api;
  return {
    gateway: listening,
    api: { port: apiPort === port ? null : apiPort, cors, keys: keysFrom(api, token, file), ...(rateLimit === undefined ? {} : { rateLimit }) },
  };
};

type GatewaySection = NonNullable<Config['gateway']>;

/** Two that could be taken for one another are a mistake: the narrower one would hold for nobody. */
const keysFrom = ({ keys = [] }: NonNullable<Config['api']>, token: string | undefined, file: string): readonly ApiKeySettings[] => {
  const labels = new Set<string>();
  const secrets = new Set(token === undefined ? [] : [token]);
  return keys.map(({ key, label: written, workspaces = ['*'], permissions = KEY_PERMISSIONS, rateLimit, budget, addresses = [] }, at) => {
    const label = written ?? `key ${at + 1}`;
    const path = `api.keys[${at}]`;
    if (labels.has(label)) throw new ConfigError({ file, path: `${path}.label` }, `another key is called "${label}"; each needs a name of its own`);
    if (secrets.has(key)) throw new ConfigError({ file, path: `${path}.key` }, 'this secret stands in another place too; each credential needs its own');
    labels.add(label);
    secrets.add(key);
    const given = { ...(rateLimit === undefined ? {} : { rateLimit }), ...(budget === undefined ? {} : { budget: budgetFrom(budget) }) };
    return { key, label, workspaces, permissions, addresses, ...given };
  });
};

const hostFrom = (gateway: GatewaySection, { flags = {}, file }: SettingsSources): string => {
  const address = (name: string | undefined): string | undefined => (name === undefined ? undefined : (HOSTS[name] ?? name));
  return flags.host ?? agreed(file, [['gateway.bind', address(gateway.bind)], ['gateway.host', address(gateway.host)]]) ?? '127.0.0.1';
};

const portFromEnvironment = (env: SettingsSources['env'], file: string): number | undefined => {
  const written = env['OPENCLAW_GATEWAY_PORT'];
  if (!written) return undefined;
  const port = /^\d{1,5}$/.test(written) ? Number(written) : 0;
  if (port < 1 || port > 65_535) throw new ConfigError({ file }, `the environment variable OPENCLAW_GATEWAY_PORT must be a whole number from 1 to 65535, not "${written}"`);
  return port;
};

/** Without authentication, whoever can reach the port commands the agent. */
const refuseOpenDoor = ({ authRequired, host }: GatewaySettings, gateway: GatewaySection, file: string): void => {
  if (authRequired || isLoopback(host)) return;
  const key = gateway.bind === undefined ? 'gateway.host' : 'gateway.bind';
  throw new ConfigError(
    { file, path: 'gateway.auth.enabled' },
    `authentication may be off only where nobody else can connect, but ${key} is "${gateway.bind ?? gateway.host ?? host}"; switch gateway.auth.enabled on, or set ${key} to ${key === 'gateway.bind' ? '"loopback"' : '"127.0.0.1"'}`,
  );
};

export const isLoopback = (host: string): boolean => {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
};

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
