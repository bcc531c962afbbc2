/** Ways to be wrong, for the red proofs: each breaks one promise that a scenario checks, and stands in a file with its kin. */
import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { Tool } from '../../../packages/gateway/src/engine/ports/tool.ts';
import { ACCESS } from './access.ts';
import { CHANNELS } from './channels.ts';
import { INGRESS } from './ingress.ts';
import type { Mutation, Wire } from './mutation.ts';
import { SCHEDULE } from './schedule.ts';
import { TURNS } from './turns.ts';
import { WEBHOOKS } from './webhooks.ts';
import { WIRE } from './wire.ts';

const MUTANTS = { ...TURNS, ...WIRE, ...ACCESS, ...CHANNELS, ...SCHEDULE, ...INGRESS, ...WEBHOOKS };
export type Mutant = keyof typeof MUTANTS;

export const isMutant = (name: string): name is Mutant => Object.hasOwn(MUTANTS, name);

export const mutantTools = (mutant: Mutant | undefined, tools: readonly Tool[]): readonly Tool[] => brokenBy(mutant).tools?.(tools) ?? tools;

export const mutantStore = (mutant: Mutant | undefined, store: Store): Store => brokenBy(mutant).store?.(store) ?? store;

export const mutantWire = (mutant: Mutant | undefined): Wire => brokenBy(mutant).wire ?? {};

const brokenBy = (mutant: Mutant | undefined): Mutation => (mutant === undefined ? {} : MUTANTS[mutant]);
