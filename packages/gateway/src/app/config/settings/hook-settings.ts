import type { HookMapping, HookSettings } from '../../../engine/ingress/index.ts';
import { ConfigError } from '../config-error.ts';
import type { Config } from '../schema.ts';
import { HOOK_PRESETS, type MappingSection } from './hook-presets.ts';
import type { SettingsSources } from './settings-sources.ts';
import { transformPlaces } from './transform-place.ts';

/** What is served at these addresses already. */
const TAKEN = new Set(['api', 'webhook', 'ws', 'docs', 'openapi', 'openapi.json', 'healthz', 'readyz', 'metrics', 'v1', 'mcp']);

export const hooksFrom = ({ hooks = {} }: Config, { file, folder }: Pick<SettingsSources, 'file' | 'folder'>): HookSettings => {
  const { enabled = false, token, path: written = '/hooks', allowedAgentIds, defaultSessionKey, allowRequestSessionKey = false, allowedSessionKeyPrefixes = [] } = hooks;
  const { mappings = [], presets = [], transformsDir } = hooks;
  const toPlace = transformPlaces(file, folder.transforms, transformsDir);
  const ready = [...new Set(presets)].map((name) => HOOK_PRESETS.get(name)).filter((preset) => preset !== undefined);
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
    mappings: [...mappings, ...ready].map((mapping, at) => mappingFrom(mapping, at, toPlace)),
  };
};

const mappingFrom = (mapping: MappingSection, at: number, toPlace: ReturnType<typeof transformPlaces>): HookMapping => {
  const { id = `mapping-${at}`, match = {}, action = 'agent', wakeMode = 'now', name = 'hook', agentId, sessionKey, sessionMode = 'isolated', forEach, model, timeoutSeconds } = mapping;
  const { messageTemplate = '', textTemplate = '', deliver = true, channel, to, allowUnsafeExternalContent = false, transform } = mapping;
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
    deliver,
    channel,
    to,
    model,
    timeoutSeconds,
    allowUnsafeExternalContent,
    transform: transform && toPlace({ module: transform.module, exportName: transform.export, key: `hooks.mappings[${at}].transform.module` }),
  };
};
