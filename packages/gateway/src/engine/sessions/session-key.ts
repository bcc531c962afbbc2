import { createHash } from 'node:crypto';
import { GatewayError, type SessionKind } from '@openclaw/contract';
import type { SessionSelector } from '../ports/session-records.ts';

const SHORT_NAME = /^[^\s:/]{1,120}$/u;
/** In characters, so that none is cut in half; a key that holds it is still a `SessionRef`. */
const LONGEST_NAME = 80;
const FULL_KEY = /^agent:[^\s:/]{1,64}(:[^\s:/]{1,120}){1,6}$/u;

/** `main` in the workspace `main` is `agent:main:main`; in the workspace `team` it is `agent:main:team:main`. */
export const sessionKey = (agent: string, workspace: string, name: string): string =>
  workspace === 'main' ? `agent:${agent}:${name}` : `agent:${agent}:${workspace}:${name}`;

/** An id, a full key or a short name, as the store knows it. */
export const selectSession = (ref: string, agent: string, workspace: string): SessionSelector => {
  const name = ref.normalize('NFC');
  if (/^sess_[0-9a-z]+$/.test(name)) return { id: name };
  if (FULL_KEY.test(name)) return { key: name };
  if (SHORT_NAME.test(name)) return { key: sessionKey(agent, workspace, name) };
  throw new GatewayError('invalid_request', 'session: an id (sess_…), a full key (agent:main:main) or a name without spaces, ":" and "/"', { path: 'session' });
};

/** Whose agent and whose workspace a key names: what `sessionKey` put together. */
export const placeOf = (key: string): { readonly agent: string; readonly workspace: string } => {
  const [, agent = '', workspace = '', ...name] = key.split(':');
  return { agent, workspace: name.length === 0 ? 'main' : workspace };
};

/** A person's ongoing conversation, or one made for a purpose. */
export const kindOf = (key: string): SessionKind => {
  const name = key.slice(key.lastIndexOf(':') + 1);
  return name === 'main' || name.startsWith('@') ? 'main' : 'isolated';
};

/** The name of the session a user has in each workspace. No two users share one, and no label makes one. */
export const userSession = (userId: string): string => {
  const name = encodeURIComponent(userId.normalize('NFC')).replace(/[~!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `@${name.length <= LONGEST_NAME ? name : `~${createHash('sha256').update(name).digest('base64url')}`}`;
};

/** A label as part of a key: what a person typed, without what keys cannot hold. */
export const nameFromLabel = (label: string): string =>
  [...label.normalize('NFC').replace(/[\s:/\p{Cc}]+/gu, '-').replace(/^[-@]+|-+$/g, '')].slice(0, LONGEST_NAME).join('');
