import { quickly } from './quickly.ts';
import { secondHops } from './second-hops.ts';
import { webhookCertificates } from './webhook-certificates.ts';
import { webhookDelivery } from './webhook-delivery.ts';
import { webhookDisabling } from './webhook-disabling.ts';
import { webhookIsolation } from './webhook-isolation.ts';
import { webhookOrder } from './webhook-order.ts';
import { webhookReach } from './webhook-reach.ts';
import { webhookRotation } from './webhook-rotation.ts';

quickly('webhooks', [webhookDelivery, webhookOrder, webhookIsolation, webhookRotation, webhookDisabling, webhookReach, webhookCertificates, secondHops]);
