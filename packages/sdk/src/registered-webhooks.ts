import { type CallOptions, eachItem, type Page, type Requester, segment } from '../../client-kit/src/index.ts';
import type { Delivery, DeliveryList, DeliveryState, NewWebhook, Webhook, WebhookChange, WebhookList, WebhookSettings, WebhookTest } from './wire.gen.ts';

const PATH = '/api/v1/webhooks';

export interface DeliveriesFilter extends Page {
  readonly state?: DeliveryState | undefined;
}

export interface ReplayFilter {
  /** A moment: `2026-03-02T10:00:00Z`. Up to seven days back. */
  readonly since: string;
  /** What arrived, too. */
  readonly delivered?: boolean | undefined;
}

/** Who is told of what happens, and what became of the telling. */
export class Webhooks {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Without a secret one is made, which is in this answer and nowhere else. */
  create(webhook: WebhookSettings, options?: CallOptions): Promise<NewWebhook> {
    return this.#requester.json({ method: 'POST', path: PATH, body: webhook }, options);
  }

  list({ limit, offset }: Page = {}, options?: CallOptions): Promise<WebhookList> {
    return this.#requester.json({ method: 'GET', path: PATH, query: { limit, offset } }, options);
  }

  /** Every webhook, page by page. */
  all(page: Page = {}, options?: CallOptions): AsyncGenerator<Webhook, void> {
    const ask = async (asked: Page) => {
      const { webhooks, ...rest } = await this.list(asked, options);
      return { ...rest, items: webhooks };
    };
    return eachItem(ask, ({ id }) => id, page);
  }

  get(id: string, options?: CallOptions): Promise<Webhook> {
    return this.#requester.json({ method: 'GET', path: pathOf(id) }, options);
  }

  /** Changes what is named; null takes a setting away. Switched on again, it goes on with what waited. */
  update(id: string, change: WebhookChange, options?: CallOptions): Promise<Webhook> {
    return this.#requester.json({ method: 'PATCH', path: pathOf(id), body: change }, options);
  }

  /** With all its deliveries. */
  delete(id: string, options?: CallOptions): Promise<{ readonly deleted: boolean }> {
    return this.#requester.json({ method: 'DELETE', path: pathOf(id) }, options);
  }

  /** Sends a `webhook.test` now, and tells what the endpoint answered. */
  test(id: string, options?: CallOptions): Promise<WebhookTest> {
    return this.#requester.json({ method: 'POST', path: `${pathOf(id)}/test` }, options);
  }

  /** A new secret; for 24 hours deliveries are signed with the old one as well. */
  rotate(id: string, { secret }: { readonly secret?: string | undefined } = {}, options?: CallOptions): Promise<NewWebhook> {
    return this.#requester.json({ method: 'POST', path: `${pathOf(id)}/rotate`, body: { secret } }, options);
  }

  /** What it was sent, the newest first, with each try and what it was answered. */
  deliveries(id: string, { state, limit, offset }: DeliveriesFilter = {}, options?: CallOptions): Promise<DeliveryList> {
    return this.#requester.json({ method: 'GET', path: `${pathOf(id)}/deliveries`, query: { state, limit, offset } }, options);
  }

  /** Every delivery that is kept, page by page. */
  allDeliveries(id: string, filter: DeliveriesFilter = {}, options?: CallOptions): AsyncGenerator<Delivery, void> {
    const ask = async (asked: Page) => {
      const { deliveries, ...rest } = await this.deliveries(id, { ...filter, ...asked }, options);
      return { ...rest, items: deliveries };
    };
    return eachItem(ask, (delivery) => delivery.id, filter);
  }

  /** One delivery again, with the same id. */
  redeliver(id: string, delivery: string, options?: CallOptions): Promise<Delivery> {
    return this.#requester.json({ method: 'POST', path: `${pathOf(id)}/deliveries/${segment(delivery)}/replay` }, options);
  }

  /** Everything since a time that it has not got. */
  replay(id: string, { since, delivered }: ReplayFilter, options?: CallOptions): Promise<{ readonly replayed: number }> {
    return this.#requester.json({ method: 'POST', path: `${pathOf(id)}/replay`, body: { since, delivered } }, options);
  }
}

const pathOf = (id: string): string => `${PATH}/${segment(id)}`;
