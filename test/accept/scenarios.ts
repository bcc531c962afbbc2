import type { Scenario } from '../support/fault-outcome.ts';
import { calendar } from './calendar.ts';
import { capacity } from './capacity.ts';
import { channelSends } from './channel-sends.ts';
import { clock } from './clock.ts';
import { configWrites } from './config-writes.ts';
import { cron } from './cron.ts';
import { damage } from './damage.ts';
import { deliveries } from './deliveries.ts';
import { drain } from './drain.ts';
import { foreignPages } from './foreign-pages.ts';
import { fullDisk } from './full-disk.ts';
import { forgeries } from './forgeries.ts';
import { guessing } from './guessing.ts';
import { ingressFlood } from './ingress-flood.ts';
import { kill } from './kill.ts';
import { poison } from './poison.ts';
import { powerCut } from './power-cut.ts';
import { resume } from './resume.ts';
import { revoked } from './revoked.ts';
import { schemaFuzz } from './schema-fuzz.ts';
import { secondHops } from './second-hops.ts';
import { secretGuessing } from './secret-guessing.ts';
import { slowDisk } from './slow-disk.ts';
import { slowReaders } from './slow-readers.ts';
import { stateful } from './stateful.ts';
import { storeFaults } from './store-faults.ts';
import { strangers } from './strangers.ts';
import { templateSafety } from './template-safety.ts';
import { twoGateways } from './two-gateways.ts';
import { vanish } from './vanish.ts';
import { webhookCertificates } from './webhook-certificates.ts';
import { webhookDelivery } from './webhook-delivery.ts';
import { webhookDisabling } from './webhook-disabling.ts';
import { webhookIsolation } from './webhook-isolation.ts';
import { webhookOrder } from './webhook-order.ts';
import { webhookReach } from './webhook-reach.ts';
import { webhookRotation } from './webhook-rotation.ts';

/** Every fault the gateway promises to survive. */
export const SCENARIOS: readonly Scenario[] = [
  kill, powerCut, fullDisk, drain, damage, storeFaults, twoGateways, poison, slowDisk,
  resume, slowReaders, foreignPages, revoked, guessing, capacity, strangers, vanish, schemaFuzz, configWrites, stateful, cron, clock, calendar, channelSends,
  forgeries, deliveries, ingressFlood, templateSafety, secretGuessing, webhookDelivery, webhookOrder, webhookIsolation, webhookRotation,
  webhookDisabling, webhookReach, webhookCertificates, secondHops,
];
