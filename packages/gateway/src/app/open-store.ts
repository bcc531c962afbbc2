import type { Log } from '../kernel/log.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';
import type { OpenedStore } from './opened-store.ts';

/** The shared store behind a URL where there is one, else the embedded one in a file. */
export const openStore = async (postgresUrl: string | undefined, file: string, log: Log): Promise<OpenedStore> => {
  if (postgresUrl === undefined) return openEmbeddedStore(file, log);
  // Loaded only here: who runs on SQLite need not pay for it.
  const { openClusterStore } = await import('./open-cluster-store.ts');
  return openClusterStore(postgresUrl, file, log);
};
