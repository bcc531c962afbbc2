import type { Log } from '../../kernel/log.ts';
import type { GuardedHttpClient } from '../ports/http-client.ts';
import type { ClaimedDelivery, DeliveryTry, WebhookStore } from '../ports/webhook-store.ts';
import { Outcomes } from './outcomes.ts';
import { type ReachSettings, reachOf } from './reach.ts';
import { pauseBeforeNext } from './retry-schedule.ts';
import { type Answer, sendDelivery } from './send-delivery.ts';
import { type ReadyWebhook, toRequest } from './to-request.ts';
import type { WebhookBook } from './webhook-book.ts';

/** How many of one endpoint are on their way at a time. */
export const CONCURRENCY = 10;
export const TIMEOUT_MS = 15_000;

/** Held by this node for as long as it says so, so that another takes over what a dead one held. */
const CLAIM_MS = 15_000;
const RENEW_MS = 5_000;
/** At most this long until something is noticed that another node left behind. */
const LOOK_MS = 1_000;
/** Taken at once, for each that may be on its way: the next is at hand when one has arrived. More are taken when half of them are gone. */
const AHEAD = 32;
const GONE = 410;

export interface DelivererDeps {
  readonly store: Pick<WebhookStore, 'dueWebhooks' | 'claimDeliveries' | 'renewDeliveries' | 'reclaimDeliveries' | 'recordTries'>;
  readonly book: WebhookBook;
  readonly http: GuardedHttpClient;
  readonly reach: () => ReachSettings;
  /** What this node is called, the same after a restart. */
  readonly owner: string;
  readonly log: Log;
  readonly now: () => number;
  /** 1, unless time is to run faster: what the pauses between tries are multiplied by. */
  readonly pace: number;
}

/** One endpoint: what is claimed for it and waits, and what is on its way. */
interface Lane {
  readonly waiting: ClaimedDelivery[];
  readonly sending: Set<ClaimedDelivery>;
  /** More may be due than was claimed. */
  more: boolean;
}

/** Sends what is due. Each endpoint has a queue and a concurrency of its own, so that one that hangs holds up nobody else. */
export class Deliverer {
  readonly #deps: DelivererDeps;
  readonly #lanes = new Map<string, Lane>();
  readonly #outcomes: Outcomes;
  readonly #stop = new AbortController();
  #looking = false;
  #lookAgain = false;
  #closing = false;
  #nudged = false;
  #timer: NodeJS.Timeout | undefined;
  #renewing: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;

  constructor(deps: DelivererDeps) {
    this.#deps = deps;
    this.#outcomes = new Outcomes({ ...deps, recorded: (changed, waitedFor) => void this.#recorded(changed, waitedFor) });
  }

  async start(): Promise<void> {
    // Where the store is away just now, what an earlier life of this node had claimed is due when its claim has run out.
    await this.#deps.store.reclaimDeliveries(this.#deps.owner).catch((thrown: unknown) => this.#deps.log('warn', 'deliveries of an earlier run are taken up a little later', { cause: String(thrown) }));
    this.#deps.book.onChange(() => this.#bookChanged());
    this.#renewing = setInterval(() => void this.#renew(), RENEW_MS);
    this.#renewing.unref();
    this.nudge();
  }

  /** Something may be due. Costs nothing where nobody listens. */
  nudge(): void {
    if (this.#nudged || this.#stop.signal.aborted || !this.#deps.book.listens) return;
    this.#nudged = true;
    // Whatever else happens in this turn of the event loop is noticed with it.
    setImmediate(() => {
      this.#nudged = false;
      void this.#look();
    });
  }

  get sending(): number {
    return [...this.#lanes.values()].reduce((sum, { sending }) => sum + sending.size, 0);
  }

  /** Nothing new; what is on its way may arrive within the grace, and the rest is given back. */
  async stop(graceMs: number): Promise<void> {
    clearTimeout(this.#timer);
    for (const { waiting } of this.#lanes.values()) waiting.length = 0;
    const arrived = new Promise<void>((resolve) => (this.#idle = resolve));
    const cut = setTimeout(() => this.#stop.abort(), graceMs);
    this.#lookAgain = false;
    this.#closing = true;
    if (this.sending > 0) await arrived;
    clearTimeout(cut);
    this.#stop.abort();
    clearInterval(this.#renewing);
    await this.#outcomes.flush();
    await this.#deps.store.reclaimDeliveries(this.#deps.owner).catch(() => {});
  }

  async #look(): Promise<void> {
    if (this.#closing) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    clearTimeout(this.#timer);
    let wait = LOOK_MS;
    try {
      do {
        this.#lookAgain = false;
        wait = await this.#takeDue();
      } while (this.#lookAgain && !this.#closing);
    } catch (thrown) {
      this.#deps.log('warn', 'deliveries of webhooks could not be looked for', { cause: String(thrown) });
    }
    this.#looking = false;
    if (this.#closing || !this.#deps.book.listens) return;
    this.#timer = setTimeout(() => void this.#look(), wait);
    this.#timer.unref();
  }

  /** Claims what is due where there is room; resolves to how long until something else may be. */
  async #takeDue(): Promise<number> {
    const { store, book, owner, now } = this.#deps;
    const at = now();
    const { due, nextAt } = await store.dueWebhooks(at);
    const wanted = due.flatMap((id) => {
      const webhook = book.find(id);
      if (!webhook?.enabled) return [];
      const limit = this.#room(webhook);
      // It is looked for again when less is at hand.
      if (limit <= 0) this.#lane(id).more = true;
      return limit > 0 ? [{ webhookId: id, order: webhook.order, limit }] : [];
    });
    if (wanted.length > 0) {
      const claimed = await store.claimDeliveries({ owner, now: at, until: at + CLAIM_MS, wanted });
      const claimedFor = Map.groupBy(claimed, ({ webhookId }) => webhookId);
      for (const { webhookId, limit } of wanted) {
        const mine = claimedFor.get(webhookId) ?? [];
        const lane = this.#lane(webhookId);
        lane.waiting.push(...mine);
        lane.more = mine.length >= limit;
        this.#pump(webhookId);
        this.#restock(webhookId, lane);
      }
    }
    return nextAt === undefined ? LOOK_MS : Math.max(1, Math.min(LOOK_MS, nextAt - now()));
  }

  /** None while there is enough at hand: many at once cost little more than a few. */
  #room(webhook: ReadyWebhook): number {
    const { waiting, sending } = this.#lane(webhook.id);
    const room = this.#most(webhook) - waiting.length - sending.size;
    return webhook.order === 'none' && waiting.length > this.#enough(webhook) ? 0 : room;
  }

  #enough(webhook: ReadyWebhook): number {
    return Math.floor((this.#most(webhook) - this.#concurrency(webhook)) / 2);
  }

  #concurrency({ definition: { concurrency = CONCURRENCY } }: ReadyWebhook): number {
    return concurrency;
  }

  /** In order, what is claimed must go at once: what is behind it waits for it. */
  #most(webhook: ReadyWebhook): number {
    if (webhook.order === 'fifo') return 1;
    return this.#concurrency(webhook) * (webhook.order === 'session' ? 1 : AHEAD);
  }

  #lane(id: string): Lane {
    const known = this.#lanes.get(id);
    if (known) return known;
    const fresh: Lane = { waiting: [], sending: new Set(), more: false };
    this.#lanes.set(id, fresh);
    return fresh;
  }

  #pump(id: string): void {
    const lane = this.#lane(id);
    const concurrency = this.#deps.book.find(id)?.definition.concurrency ?? CONCURRENCY;
    while (lane.sending.size < concurrency) {
      const delivery = lane.waiting.shift();
      if (!delivery) return;
      lane.sending.add(delivery);
      void this.#deliver(delivery, lane);
    }
  }

  /** What is claimed runs low where there was more than could be on its way. In order, the next is looked for when the last is recorded. */
  #restock(id: string, lane: Lane): void {
    const webhook = this.#deps.book.find(id);
    if (!lane.more || webhook?.order !== 'none' || lane.waiting.length > this.#enough(webhook)) return;
    lane.more = false;
    this.nudge();
  }

  async #deliver(delivery: ClaimedDelivery, lane: Lane): Promise<void> {
    try {
      const outcome = await this.#try(delivery);
      // What is behind it waits for it.
      if (outcome) this.#outcomes.add(outcome, this.#deps.book.find(delivery.webhookId)?.order !== 'none');
    } catch (thrown) {
      // Its claim runs out, and it is tried again.
      if (!this.#stop.signal.aborted) this.#deps.log('error', 'a delivery of a webhook failed unexpectedly', { delivery: delivery.id, cause: String(thrown) });
    }
    lane.sending.delete(delivery);
    this.#pump(delivery.webhookId);
    this.#restock(delivery.webhookId, lane);
    if (this.sending === 0) this.#idle?.();
  }

  /** Undefined where its webhook is gone, or was switched off while it waited: then it stays where it is. */
  async #try(delivery: ClaimedDelivery): Promise<DeliveryTry | undefined> {
    const { book, http, reach, now } = this.#deps;
    const { seq, claim, webhookId } = delivery;
    const webhook = book.find(webhookId);
    if (!webhook?.enabled) return { seq, claim, webhookId, outcome: { againAt: now() } };
    const request = toRequest(webhook, delivery, now());
    if (!request) return { seq, claim, webhookId, outcome: 'filtered' };
    const { url, timeoutMs = TIMEOUT_MS } = webhook.definition;
    const answer = await sendDelivery(http, { ...request, url, timeoutMs, reach: reachOf(webhook, webhook.definition, reach()) }, this.#stop.signal);
    return { seq, claim, webhookId, ...this.#judge(webhook, delivery, answer) };
  }

  #judge(webhook: ReadyWebhook, { triesNow }: ClaimedDelivery, { retryAfter, ...tried }: Answer): Pick<DeliveryTry, 'outcome' | 'tried' | 'disable'> {
    if (tried.error === undefined) return { outcome: 'delivered', tried };
    if (tried.status === GONE) return { outcome: 'failed', tried, disable: 'the endpoint answered 410 Gone' };
    const { order, definition: { retries } } = webhook;
    const pause = pauseBeforeNext({ order, retries, tries: triesNow + 1, retryAfter, pace: this.#deps.pace });
    return { outcome: pause === undefined ? 'failed' : { againAt: this.#deps.now() + pause }, tried };
  }

  #bookChanged(): void {
    for (const [id, { waiting, sending }] of this.#lanes) if (waiting.length + sending.size === 0 && !this.#deps.book.find(id)) this.#lanes.delete(id);
    this.nudge();
  }

  async #recorded(changed: readonly string[], waitedFor: boolean): Promise<void> {
    const { book, log } = this.#deps;
    const before = changed.filter((id) => book.find(id)?.enabled);
    if (changed.length > 0) await book.changed(changed).catch(() => {});
    const disabled = before.filter((id) => book.find(id)?.enabled === false);
    if (disabled.length > 0) log('warn', 'webhooks were switched off because of how their endpoints answer', { webhooks: disabled });
    if (waitedFor) void this.#look();
  }

  async #renew(): Promise<void> {
    const held = [...this.#lanes.values()].flatMap(({ waiting, sending }) => [...waiting, ...sending]);
    if (held.length === 0) return;
    await this.#deps.store.renewDeliveries(held, this.#deps.now() + CLAIM_MS).catch(() => {});
  }
}
