import type { Scenario } from '../support/fault-outcome.ts';
import { kill } from './kill.ts';
import { powerCut } from './power-cut.ts';

/** Every fault the gateway promises to survive. */
export const SCENARIOS: readonly Scenario[] = [kill, powerCut];
