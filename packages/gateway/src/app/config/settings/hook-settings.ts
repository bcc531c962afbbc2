import type { HookMapping, HookSettings } from '../../../engine/ingress/index.ts';
import { ConfigError } from '../config-error.ts';
import type { Config } from '../schema.ts';

type HooksSection = NonNullable<Config['hooks']>;
type MappingSection = NonNullable<HooksSection['mappings']>[number];

/** What is served at these addresses already. */
const TAKEN = new Set(['api', 'webhook', 'ws', 'docs', 'openapi', 'openapi.json', 'healthz', 'readyz', 'metrics', 'v1', 'mcp']);

export const hooksFrom = ({ hooks = {} }: Config, file: string): HookSettings => {
  const { enabled = false, token, path: written = '/hooks', allowedAgentIds, defaultSessionKey, allowRequestSessionKey = false, allowedSessionKeyPrefixes = [], mappings = [] } = hooks;
  const path = written.replaceAll(/^\/|\/$/g, '');
  if (TAKEN.has(path.split('/', 1)[0] ?? '')) throw new ConfigError({ file, path: 'hooks.path' }, `/${path} is served already; choose a path of the hooks' own`);
  return {
    enabled,
    path,
    token: token === '' ? undefined : token,
    allowedAgentIds,
    defaultSessionKey,
    allowRequestSessionKey,
    allowedSessionKeyPrefixes,
    mappings: mappings.map(mappingFrom),
  };
};

const mappingFrom = (mapping: MappingSection, at: number): HookMapping => {
  const { id = `mapping-${at}`, match = {}, action = 'agent', wakeMode = 'now', name = 'hook', agentId, sessionKey, sessionMode = 'isolated', forEach, model, timeoutSeconds } = mapping;
  const { messageTemplate = '', textTemplate = '', deliver = true, channel, to, allowUnsafeExternalContent = false } = mapping;
  return {
    id,
    match: { path: match.path?.replaceAll(/^\/|\/$/g, ''), source: match.source },
    action,
    wakeMode,
    name,
    agentId,
    sessionKey,
    sessionMode,
    messageTemplate,
    textTemplate,
    forEach,
    deliver: deliver && channel !== undefined && channel !== 'last' && to !== undefined ? { channel, to } : undefined,
    model,
    timeoutSeconds,
    allowUnsafeExternalContent,
  };
};
