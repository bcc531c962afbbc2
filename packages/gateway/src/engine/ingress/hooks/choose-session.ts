import { GatewayError } from '@openclaw/contract';
import { sessionKey } from '../../sessions/index.ts';
import type { HookSession } from './hook-action.ts';
import type { HookSettings, SessionMode } from './hook-settings.ts';

const refused = (path: string, why: string): GatewayError => new GatewayError('invalid_request', `${path}: ${why}`, { path });

/** The agent meant: one that is there, and that hooks may speak to. */
export const chooseAgent = (agentId: string | undefined, { allowedAgentIds }: HookSettings, knowsAgent: (id: string) => boolean): string => {
  const agent = agentId ?? 'main';
  if (!knowsAgent(agent)) throw refused('agentId', 'there is no such agent');
  if (allowedAgentIds !== undefined && !allowedAgentIds.includes('*') && !allowedAgentIds.includes(agent)) throw refused('agentId', 'hooks.allowedAgentIds does not list this agent');
  return agent;
};

export interface WantedSession {
  readonly agent: string;
  /** Undefined: the default one, or a new one. */
  readonly key: string | undefined;
  /** Whether anything of a request stands in it. */
  readonly asked: boolean;
  readonly mode: SessionMode;
  /** What a new one is called. */
  readonly name: string;
}

/** The session of a run, within what the configuration lets requests choose. */
export const chooseSession = ({ agent, key, asked, mode, name }: WantedSession, settings: HookSettings): HookSession => {
  const prefixes = prefixesOf(settings);
  if (asked) requireAsking(settings);
  const named = key ?? settings.defaultSessionKey;
  if (mode === 'persistent') {
    if (named === undefined) throw refused('sessionKey', 'a session that goes on needs a name');
    if (asked && prefixes.length === 0) throw refused('sessionKey', 'hooks.allowedSessionKeyPrefixes must say which sessions a request may go on with');
  }
  const whole = named ?? `hook:${name}`;
  return { key: toKey(whole, agent, prefixes), fresh: mode === 'isolated' };
};

/** The session of a wake: the agent's main one, where none is named. */
export const chooseWoken = ({ agent, key, asked }: Pick<WantedSession, 'agent' | 'key' | 'asked'>, settings: HookSettings): string => {
  if (asked) requireAsking(settings);
  return key === undefined ? sessionKey(agent, 'main', 'main') : toKey(key, agent, prefixesOf(settings));
};

const prefixesOf = ({ allowedSessionKeyPrefixes }: HookSettings): readonly string[] =>
  allowedSessionKeyPrefixes.map((prefix) => prefix.trim().toLowerCase()).filter((prefix) => prefix !== '');

const requireAsking = ({ allowRequestSessionKey }: HookSettings): void => {
  if (!allowRequestSessionKey) throw refused('sessionKey', 'hooks.allowRequestSessionKey does not let requests choose a session');
};

/** `hook:mail:7` as a key of this agent's own. One that names an agent is that agent's no more. */
const toKey = (written: string, agent: string, prefixes: readonly string[]): string => {
  const bare = written.trim().replace(/^agent:[^:]*:/i, '');
  const full = `agent:${agent}:${bare}`.toLowerCase();
  if (prefixes.length > 0 && !prefixes.some((prefix) => bare.toLowerCase().startsWith(prefix) || full.startsWith(prefix))) {
    throw refused('sessionKey', 'hooks.allowedSessionKeyPrefixes does not allow this session');
  }
  const name = [...bare.normalize('NFC').replace(/[\s:/\p{Cc}]+/gu, '-').replace(/^[-@]+|-+$/gu, '')].slice(0, LONGEST_NAME).join('');
  if (name === '') throw refused('sessionKey', 'a name with something in it');
  return sessionKey(agent, 'main', name);
};

/** In characters; what makes a fresh one unlike all others comes after it. */
const LONGEST_NAME = 80;
