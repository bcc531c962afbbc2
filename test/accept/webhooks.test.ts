import { quickly } from './quickly.ts';
import { deliveries } from './webhook-delivery.ts';
import { isolation } from './webhook-isolation.ts';
import { inOrder } from './webhook-order.ts';
import { rotation } from './webhook-rotation.ts';

quickly('webhooks', [deliveries, inOrder, isolation, rotation]);
