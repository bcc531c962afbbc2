import type { ReplyAddress } from './turn-records.ts';

/**
 * The store's part about channels: the same promises as the rest of it. A send is made in the transaction that ends the turn it answers
 * (`Duties.deliver`), or by itself, and is kept with what came of it.
 */
export interface ChannelStore {
  /** The same id twice is one send. */
  addSend(send: NewSend): Promise<void>;
  /** The newest first. */
  listSends(filter: SendFilter): Promise<{ readonly sends: readonly SendRecord[]; readonly total: number }>;
}

export interface NewSend {
  readonly id: string;
  readonly address: ReplyAddress;
  readonly text: string;
  readonly turnId: string | undefined;
  readonly sessionKey: string | undefined;
  readonly workspace: string;
  readonly now: number;
}

/**
 * - `queued`: waits, perhaps for another try.
 * - `sending`: a part of it is on its way.
 * - `sent`, `failed`: over.
 * - `ambiguous`: over, and nobody knows whether all of it arrived.
 */
export type SendState = 'queued' | 'sending' | 'sent' | 'failed' | 'ambiguous';

export interface SendRecord {
  readonly id: string;
  readonly address: ReplyAddress;
  readonly text: string;
  readonly state: SendState;
  readonly attempts: number;
  readonly nextAt: number;
  /** How much of the text has gone out; a long one goes in parts. */
  readonly sentTo: number;
  /** What the channel calls the messages it became. */
  readonly externalIds: readonly string[];
  /** Parts of which nobody knows whether they arrived: each may have arrived twice, or not at all. */
  readonly doubts: number;
  readonly error: string | undefined;
  readonly turnId: string | undefined;
  readonly sessionKey: string | undefined;
  readonly workspace: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface SendFilter {
  readonly channel: string | undefined;
  readonly states: readonly SendState[] | undefined;
  /** Only those that may have arrived twice or not at all. */
  readonly doubtful: boolean;
  readonly workspaces: readonly string[] | undefined;
  readonly limit: number;
  readonly offset: number;
}
