import { channelSends } from './channel-sends.ts';
import { configWrites } from './config-writes.ts';
import { damage } from './damage.ts';
import { drain } from './drain.ts';
import { kill } from './kill.ts';
import { poison } from './poison.ts';
import { quickly } from './quickly.ts';
import { stateful } from './stateful.ts';
import { twoGateways } from './two-gateways.ts';

quickly('the gateway as a process', [kill, poison, twoGateways, drain, damage, configWrites, stateful, channelSends]);
