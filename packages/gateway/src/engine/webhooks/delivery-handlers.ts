import { type Delivery, GatewayError, type listDeliveries, type redeliver, type replayWebhook } from '@openclaw/contract';
import type { Handler } from '../gateway.ts';
import type { DeliveryRecord, WebhookStore } from '../ports/webhook-store.ts';
import { describeDelivery } from './describe-webhook.ts';
import type { ReadyWebhook } from './to-request.ts';
import { findWebhook } from './webhook-handlers.ts';
import type { WebhookBook } from './webhook-book.ts';

interface Deps {
  readonly store: WebhookStore;
  readonly book: WebhookBook;
  readonly nudge: () => void;
  readonly now: () => number;
}

/** What became of deliveries, and doing them again, behind the door. */
export const deliveryHandlers = ({ store, book, nudge, now }: Deps) => {
  const describe = async (deliveries: readonly DeliveryRecord[]): Promise<Delivery[]> => {
    const tries = await store.deliveryTries(deliveries.map(({ seq }) => seq));
    return deliveries.map((delivery) => describeDelivery(delivery, tries.get(delivery.seq) ?? []));
  };

  const list: Handler<typeof listDeliveries> = async ({ webhook: id, state, limit, offset }, { caller }) => {
    findWebhook(book, caller, id);
    const { deliveries, total } = await store.listDeliveries({ webhookId: id, states: state && [state], limit, offset });
    return { deliveries: await describe(deliveries), total, limit, offset };
  };

  const again: Handler<typeof redeliver> = async ({ webhook: id, delivery }, { caller }) => {
    requireOn(findWebhook(book, caller, id));
    const found = await store.findDelivery(delivery);
    if (found?.webhookId !== id) throw new GatewayError('delivery_not_found', `This webhook has no delivery ${delivery}`, { delivery });
    if (!(await store.replayDelivery(delivery, now()))) throw new GatewayError('conflict', 'This delivery is on its way already');
    nudge();
    const [described] = await describe([(await store.findDelivery(delivery)) ?? found]);
    return described ?? describeDelivery(found, []);
  };

  const replay: Handler<typeof replayWebhook> = async ({ webhook: id, since, delivered }, { caller }) => {
    requireOn(findWebhook(book, caller, id));
    const replayed = await store.replaySince({ webhookId: id, since: Date.parse(since), delivered, now: now() });
    nudge();
    return { replayed };
  };

  return { list, again, replay };
};

const requireOn = ({ id, enabled }: ReadyWebhook): void => {
  if (!enabled) throw new GatewayError('conflict', `The webhook ${id} is switched off: switch it on first`, { webhook: id });
};
