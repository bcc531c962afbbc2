import type { Scenario } from '../support/fault-outcome.ts';
import { capacity } from './capacity.ts';
import { channelSends } from './channel-sends.ts';
import { configWrites } from './config-writes.ts';
import { damage } from './damage.ts';
import { drain } from './drain.ts';
import { foreignPages } from './foreign-pages.ts';
import { fullDisk } from './full-disk.ts';
import { guessing } from './guessing.ts';
import { kill } from './kill.ts';
import { poison } from './poison.ts';
import { powerCut } from './power-cut.ts';
import { resume } from './resume.ts';
import { revoked } from './revoked.ts';
import { schemaFuzz } from './schema-fuzz.ts';
import { slowDisk } from './slow-disk.ts';
import { slowReaders } from './slow-readers.ts';
import { stateful } from './stateful.ts';
import { storeFaults } from './store-faults.ts';
import { strangers } from './strangers.ts';
import { twoGateways } from './two-gateways.ts';
import { vanish } from './vanish.ts';

/** Every fault the gateway promises to survive. */
export const SCENARIOS: readonly Scenario[] = [
  kill, powerCut, fullDisk, drain, damage, storeFaults, twoGateways, poison, slowDisk,
  resume, slowReaders, foreignPages, revoked, guessing, capacity, strangers, vanish, schemaFuzz, configWrites, stateful, channelSends,
];
