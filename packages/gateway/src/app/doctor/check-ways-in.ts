import { existsSync } from 'node:fs';
import type { Endpoint, HookMapping, HookSettings } from '../../engine/ingress/index.ts';
import { pathsIn } from '../../kernel/fill-template.ts';
import type { Settings } from '../config/settings.ts';
import { HOOK_PRESETS } from '../config/settings/hook-presets.ts';
import { type Check, error, type Noted, ok, warn } from './scene.ts';

const SHORTEST_SECRET = 16;
const MAKE_SECRET = 'openclaw config set webhooks.incoming.secret "$(openssl rand -hex 32)"';
const MAKE_TOKEN = 'openclaw config set hooks.token "$(openssl rand -hex 32)"';

/** What a template may begin a path with. */
const ROOTS = new Set(['body', 'headers', 'query', 'path', 'now']);

/** What others may tell the agent: whether anything could vouch for them, and whether it would arrive. */
export const checkWebhooks: Check = async ({ loaded }) => {
  if (loaded === undefined || loaded.settings.incoming.length === 0) return [];
  const { settings } = loaded;
  const findings = settings.incoming.flatMap((endpoint) => wrongWith(endpoint, settings));
  return findings.length > 0 ? findings : [ok('Webhooks', `${settings.incoming.length} can come in`)];
};

const wrongWith = ({ path, secrets, agent, message, session, deliver }: Endpoint, { agents }: Settings): readonly Noted[] => {
  const where = `/webhook/${path}`;
  const short = secrets.filter(({ length }) => length < SHORTEST_SECRET);
  const strange = [message, session, deliver?.to ?? ''].flatMap(pathsIn).filter((steps) => !ROOTS.has(steps?.[0] ?? ''));
  return [
    ...(secrets.length === 0 ? [warn('Webhooks', `${where} takes nothing: it has no secret`, MAKE_SECRET)] : []),
    ...(short.length > 0 ? [warn('Webhooks', `a secret of ${where} has ${short[0]?.length} characters; at least ${SHORTEST_SECRET} random ones cannot be guessed`, MAKE_SECRET)] : []),
    ...(Object.hasOwn(agents, agent) ? [] : [error('Webhooks', `${where} speaks to the agent "${agent}", and there is none`, `add ${agent} to agents.entries, or name another in webhooks.incoming.endpoints`)]),
    ...(strange.length > 0 ? [warn('Webhooks', `${where} has a place that nothing ever fills: {{${strange[0]?.join('.') ?? '…'}}}`, 'places begin with body, headers, query, path or now')] : []),
  ];
};

export const checkHooks: Check = async ({ loaded, env }) => {
  if (loaded === undefined || !loaded.settings.hooks.enabled) return [];
  const { hooks, gateway, agents } = loaded.settings;
  const own = gateway.token ?? env['OPENCLAW_AUTH_TOKEN'] ?? env['OPENCLAW_GATEWAY_TOKEN'];
  const strange = loaded.config.hooks?.presets?.filter((name) => !HOOK_PRESETS.has(name)) ?? [];
  const findings = [
    ...tokenFindings(hooks, own),
    ...strange.map((name) => warn('Hooks', `there is no preset "${name}"; there is ${[...HOOK_PRESETS.keys()].join(', ')}`, 'edit hooks.presets')),
    ...hooks.mappings.flatMap((mapping) => wrongWithMapping(mapping, hooks, agents)),
  ];
  return findings.length > 0 ? findings : [ok('Hooks', `at /${hooks.path}, with ${hooks.mappings.length} of their own`)];
};

const tokenFindings = ({ token }: HookSettings, own: string | undefined): readonly Noted[] => {
  if (token === undefined) return [warn('Hooks', 'they are switched on and take nothing: hooks.token is not set', MAKE_TOKEN)];
  if (token === own) return [error('Hooks', 'hooks.token is the token of the gateway: whoever may send a hook may do everything', MAKE_TOKEN)];
  if (token.length < SHORTEST_SECRET) return [warn('Hooks', `hooks.token has ${token.length} characters; at least ${SHORTEST_SECRET} random ones cannot be guessed`, MAKE_TOKEN)];
  return [];
};

const wrongWithMapping = (mapping: HookMapping, hooks: HookSettings, agents: Settings['agents']): readonly Noted[] => {
  const { id, action, agentId, sessionKey = '', sessionMode, allowUnsafeExternalContent, transform } = mapping;
  const template = action === 'agent' ? 'messageTemplate' : 'textTemplate';
  const mend = `edit hooks.mappings, the one called ${id}`;
  const asks = sessionKey.includes('{{');
  const allowed = hooks.allowRequestSessionKey && hooks.allowedSessionKeyPrefixes.some((prefix) => prefix.trim() !== '');
  const named = sessionKey !== '' || hooks.defaultSessionKey !== undefined;
  return [
    ...(transform && !existsSync(transform.file) ? [error('Hooks', `the mapping ${id} refuses everything: there is no module ${transform.file}`, `write it, or ${mend}`)] : []),
    ...(mapping[template] === '' && !transform ? [warn('Hooks', `the mapping ${id} refuses everything: it has no ${template}`, mend)] : []),
    ...(agentId !== undefined && !Object.hasOwn(agents, agentId) ? [error('Hooks', `the mapping ${id} speaks to the agent "${agentId}", and there is none`, mend)] : []),
    ...(asks && !allowed ? [warn('Hooks', `the mapping ${id} refuses everything: what a request says may not choose a session`, 'set hooks.allowRequestSessionKey and hooks.allowedSessionKeyPrefixes')] : []),
    ...(action === 'agent' && sessionMode === 'persistent' && !named ? [warn('Hooks', `the mapping ${id} refuses everything: a session that goes on needs a name`, 'set its sessionKey, or hooks.defaultSessionKey')] : []),
    ...(allowUnsafeExternalContent ? [warn('Hooks', `the mapping ${id} shows the agent words from outside as if you had written them`, `${mend}: take allowUnsafeExternalContent out, unless nobody else can write there`)] : []),
  ];
};
