/**
 * The gateway as a user runs it, with the tools of the fault suite beside its own. A process of its own:
 *
 *   node test/support/fault-gateway.ts --port 0 [--journal <file>] [--mutant <name>] [--ping-ms <n>] [--die-at <moment>] [--delivery-pace <n>]
 */
import { parseArgs } from 'node:util';
import { runGateway } from '../../packages/gateway/src/app/run-gateway.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { isMutant, mutantStore, mutantTools, mutantWire } from './fault-mutants/index.ts';
import { parseMoment, storeThatDies } from './fault-moments.ts';
import { faultTools } from './fault-tools.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, journal: { type: 'string' }, mutant: { type: 'string' }, 'ping-ms': { type: 'string' }, 'die-at': { type: 'string' }, 'delivery-pace': { type: 'string' } } });
const { journal, mutant } = values;
if (mutant !== undefined && !isMutant(mutant)) throw new Error(`there is no mutant called ${mutant}`);

const moment = values['die-at'] === undefined ? undefined : parseMoment(values['die-at']);
const mortal = (store: Store): Store => (moment ? storeThatDies(store, moment) : store);
const wire = mutantWire(mutant);
const pace = values['delivery-pace'] === undefined ? {} : { deliveryPace: Number(values['delivery-pace']) };
const pings = values['ping-ms'] === undefined ? {} : { pingMs: Number(values['ping-ms']) };
await runGateway(
  process.env,
  { port: Number(values.port ?? 0), apiPort: null },
  { tools: mutantTools(mutant, faultTools(journal)), store: (store) => mortal(mutantStore(mutant, store)), ...wire, ...pace, socketLimits: { ...wire.socketLimits, ...pings } },
);
