import type { EventType } from '@openclaw/contract';
import type { Once } from './once.ts';

/** What the webhook of a job is called. */
export const webhookOf = (jobId: string): string => `${OWN}${jobId}`;

/** The job that a webhook belongs to, where it does. */
export const jobOf = ({ id, source }: Pick<NewWebhook, 'id' | 'source'>): string | undefined => (source === 'cron' ? id.slice(OWN.length) : undefined);

const OWN = 'wh_';

/** The store's part about who is told of what happens, and what became of the telling: the same promises as the rest of it. */
export interface WebhookStore {
  /** The newest first; of these, where some are named. */
  webhooks(ids?: readonly string[]): Promise<readonly WebhookRecord[]>;
  /** Resolves to its id, or to that of the webhook that the same request made before. Rejects with `conflict` where its maker has `most` already. */
  addWebhook(webhook: NewWebhook, options: { readonly most: number; readonly once?: Once | undefined }): Promise<string>;
  /** What is not named stays. Undefined where there is none. */
  changeWebhook(id: string, change: WebhookChange): Promise<WebhookRecord | undefined>;
  /** With all its deliveries. */
  removeWebhook(id: string): Promise<boolean>;
  /** Those of the configuration become exactly these. One that stays keeps its deliveries, and whether it is switched off. */
  settleWebhooks(configured: readonly NewWebhook[], now: number): Promise<void>;
  /** Those of jobs that are gone by themselves go when nothing waits for them any more. Resolves to how many. */
  retireWebhooks(): Promise<number>;

  // Every event that is written while a webhook listens to its type is a delivery of that webhook in the same transaction, due at once. The webhook of a
  // job is told of each `cron.finished` of that job and of nothing else, and what it is told of while it is switched off waits.

  /** The webhooks that are switched on and have something due, and when the next delivery of the others is. */
  dueWebhooks(now: number): Promise<{ readonly due: readonly string[]; readonly nextAt: number | undefined }>;
  /**
   * Takes deliveries that are due, for `owner` alone until `until`, the oldest first. In order `fifo` nothing is taken that a waiting one
   * of its webhook is before; in order `session` nothing that a waiting one of its session is before.
   */
  claimDeliveries(claim: DeliveryClaim): Promise<readonly ClaimedDelivery[]>;
  renewDeliveries(claims: readonly Pick<ClaimedDelivery, 'seq' | 'claim'>[], until: number): Promise<void>;
  /** What `owner` held before it died is due again. */
  reclaimDeliveries(owner: string): Promise<void>;
  /** What became of tries. One whose claim is no longer the newest counts for nothing. Resolves to the webhooks that are other than before because of it: switched off, failing since, or well again. */
  recordTries(tries: readonly DeliveryTry[], now: number): Promise<readonly string[]>;

  listDeliveries(filter: DeliveryFilter): Promise<{ readonly deliveries: readonly DeliveryRecord[]; readonly total: number }>;
  findDelivery(id: string): Promise<DeliveryRecord | undefined>;
  /** Oldest first, of each of these. */
  deliveryTries(seqs: readonly number[]): Promise<ReadonlyMap<number, readonly TryRecord[]>>;
  /** Due at once, with all its tries before it. False where it waits already. */
  replayDelivery(id: string, now: number): Promise<boolean>;
  /**
   * Everything since a time that this webhook listens to and has not got: what failed is due again, what happened while it was switched off
   * or before it was made is due for the first time; with `delivered`, what it got as well. Resolves to how many.
   */
  replaySince(replay: { readonly webhookId: string; readonly since: number; readonly delivered: boolean; readonly now: number }): Promise<number>;
}

export type DeliveryOrder = 'none' | 'session' | 'fifo';

/** What is sent where. Those of the configuration keep it there. */
export interface WebhookDefinition {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly filter?: Readonly<Record<string, unknown>> | undefined;
  readonly transform?: unknown;
  readonly signature: 'prefixed' | 'bare';
  /** Tries after the first; absent: the usual schedule. */
  readonly retries?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly concurrency?: number | undefined;
  /** Whoever made it could have reached the machines around this one by themselves. */
  readonly local?: boolean | undefined;
}

export interface WebhookSecret {
  readonly secret: string;
  /** Absent for the one in force. */
  readonly expiresAt?: number | undefined;
}

/** One type of event that a webhook listens to, and the name it is told under. */
export interface WebhookTopic {
  readonly type: EventType;
  readonly called: string;
}

export interface NewWebhook {
  readonly id: string;
  readonly name: string | undefined;
  /** `cron`: it is made, changed and removed with its job. */
  readonly source: 'config' | 'api' | 'cron';
  /** Undefined: what happens in every workspace, and outside all of them. */
  readonly workspace: string | undefined;
  /** As they were asked for. */
  readonly events: readonly string[];
  readonly topics: readonly WebhookTopic[];
  readonly order: DeliveryOrder;
  /** Undefined for those of the configuration. */
  readonly definition: WebhookDefinition | undefined;
  /** The one in force first. */
  readonly secrets: readonly WebhookSecret[];
  readonly enabled: boolean;
  readonly createdBy: string;
  readonly createdAt: number;
}

export interface WebhookRecord extends Omit<NewWebhook, 'topics'> {
  /** Why it is switched off. */
  readonly disabledReason: string | undefined;
  /** How many tries in a row have failed, and since when there was nothing else. */
  readonly failures: number;
  readonly failingSince: number | undefined;
  readonly updatedAt: number;
}

export interface WebhookChange extends Partial<Pick<NewWebhook, 'events' | 'topics' | 'order' | 'definition' | 'secrets' | 'enabled'>> {
  /** null takes it away. */
  readonly name?: string | null | undefined;
  readonly disabledReason?: string | undefined;
  readonly now: number;
}

export interface DeliveryClaim {
  readonly owner: string;
  readonly now: number;
  readonly until: number;
  readonly wanted: readonly { readonly webhookId: string; readonly order: DeliveryOrder; readonly limit: number }[];
}

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'filtered'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** The event as it is told, and how the telling stands. */
export interface DeliveryRecord {
  readonly seq: number;
  /** The same however often it is sent. */
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly type: EventType;
  readonly called: string;
  readonly at: number;
  readonly sessionKey: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly state: DeliveryState;
  /** All tries; and those since it was last begun. */
  readonly tries: number;
  readonly triesNow: number;
  /** When it was last begun. */
  readonly begunAt: number;
  readonly nextAt: number;
  readonly lastStatus: number | undefined;
  readonly lastError: string | undefined;
}

export interface ClaimedDelivery extends DeliveryRecord {
  /** Proves, while it is the newest, that nobody else has it. */
  readonly claim: number;
}

/** What came of one try: over, or another try later. */
export interface DeliveryTry {
  readonly seq: number;
  readonly claim: number;
  readonly webhookId: string;
  readonly outcome: 'delivered' | 'failed' | 'filtered' | { readonly againAt: number };
  /** Absent where nothing was sent. */
  readonly tried?: Omit<TryRecord, 'n'> | undefined;
  /** The endpoint said that it is gone, or must be taken for it. */
  readonly disable?: string | undefined;
}

export interface TryRecord {
  readonly n: number;
  readonly at: number;
  readonly ms: number;
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** The beginning of what was answered. */
  readonly response: string | undefined;
}

export interface DeliveryFilter {
  readonly webhookId: string;
  readonly states: readonly DeliveryState[] | undefined;
  readonly limit: number;
  readonly offset: number;
}
