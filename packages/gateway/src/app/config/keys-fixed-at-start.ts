import { isDeepStrictEqual } from 'node:util';
import type { Settings } from './settings.ts';

/** What is bound once, when the gateway starts. */
const FIXED: readonly { readonly key: string; readonly read: (settings: Settings) => unknown }[] = [
  { key: 'gateway.port', read: ({ gateway }) => gateway.port },
  { key: 'gateway.host', read: ({ gateway }) => gateway.host },
  { key: 'api.port', read: ({ api }) => api.port },
  { key: 'hooks.path', read: ({ hooks }) => hooks.path },
  { key: 'store.url', read: ({ store }) => store.postgresUrl },
  { key: 'logging', read: ({ logging }) => logging },
];

/** The keys that differ and count only after a restart. */
export const keysFixedAtStart = (previous: Settings, next: Settings): readonly string[] =>
  FIXED.filter(({ read }) => !isDeepStrictEqual(read(previous), read(next))).map(({ key }) => key);
