import type { StartOptions } from '../../../packages/gateway/src/app/start-options.ts';
import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { Tool } from '../../../packages/gateway/src/engine/ports/tool.ts';

export type Wire = Pick<NonNullable<StartOptions['extras']>, 'authenticator' | 'doorkeeper' | 'socketLimits' | 'configFile' | 'ingress'>;

/** One thing that is broken: in the store, on the wire or in the tools. */
export interface Mutation {
  readonly store?: (store: Store) => Store;
  readonly wire?: Wire;
  readonly tools?: (tools: readonly Tool[]) => readonly Tool[];
}
