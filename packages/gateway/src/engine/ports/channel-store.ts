import type { Arrival } from './arrival.ts';
import type { ReplyAddress } from './turn-records.ts';

/**
 * The store's part about channels: the same promises as the rest of it.
 *
 * - A send is made in the transaction that ends the turn it answers (`Duties.deliver`), or by itself, and is kept with what came of it.
 * - One node serves a channel: the one whose hold is the newest. Writes about sends carry its `ChannelHold`; one that is not the newest
 *   rejects with `StaleHold`, and nothing is written.
 */
export interface ChannelStore {
  /** The same id twice is one send. */
  addSend(send: NewSend): Promise<void>;
  /** The newest first. */
  listSends(filter: SendFilter): Promise<{ readonly sends: readonly SendRecord[]; readonly total: number }>;
  findSend(id: string): Promise<SendRecord | undefined>;
  /** A file of a send, in base64; they are numbered from 0. Undefined once the send is over: then its files are gone. */
  contentOf(id: string, file: number): Promise<string | undefined>;
  /** The oldest open send of each conversation, those that may be tried soonest first. What comes after it in its conversation waits for it. */
  openSends(channel: string, limit: number): Promise<readonly SendRecord[]>;
  /** Of a channel's sends, how many wait or are on their way. */
  countOpenSends(channel: string): Promise<number>;
  /** A part is about to go out: what happens after this, nobody can know for sure without `endPart`. */
  beginPart(hold: ChannelHold, part: SendPart): Promise<void>;
  endPart(hold: ChannelHold, part: SendPart & { readonly externalId: string; readonly over: boolean }): Promise<void>;
  /** A part did not go out, or nobody knows. In doubt and `at-most-once`, what follows the part is sent without it. */
  failPart(hold: ChannelHold, failure: PartFailure): Promise<void>;
  /** Parts that an earlier holder left on their way: each is in doubt from now on, or waits as if it had not been begun. Resolves to how many are in doubt. */
  recoverSends(hold: ChannelHold, delivery: Delivery | 'idempotent', now: number): Promise<number>;
  /** Ends what waits for a channel that nobody serves. Resolves to how many there were. */
  failSends(channel: string, error: string, now: number): Promise<number>;
  /** Channels that something waits for. */
  channelsAwaited(): Promise<readonly string[]>;
  /** An answer that is shown while it is made: recorded before its first message goes out, and with its name after. The answer takes its place. */
  beginDraft(hold: ChannelHold, draft: NewSend): Promise<void>;
  nameDraft(hold: ChannelHold, draft: { readonly id: string; readonly externalId: string; readonly now: number }): Promise<void>;
  failDraft(hold: ChannelHold, draft: { readonly id: string; readonly doubt: boolean; readonly now: number }): Promise<void>;

  /** Takes a channel where nobody holds it; `alone`: nobody else can, for this store has one node. Undefined where another does. */
  holdChannel(wish: HoldWish): Promise<ChannelHold | undefined>;
  /** False where it is another's by now. */
  renewHold(hold: ChannelHold, until: number): Promise<boolean>;
  releaseHold(hold: ChannelHold, now: number): Promise<void>;
  /** How it stands with a channel, for every node to tell; with the event that says so. */
  noteChannelState(hold: ChannelHold, note: ChannelNote): Promise<void>;
  channelStates(): Promise<readonly ChannelState[]>;
  /** Where the channel's adapter has got to in what its service tells. */
  keepPlace(hold: ChannelHold, place: string): Promise<void>;
  placeOf(channel: string): Promise<string | undefined>;

  /** What is known of a message, its sender and its channel before it is let in. */
  weighArrival(question: ArrivalQuestion): Promise<ArrivalWeight>;
  /** A message that was not let in, with the reason. The same message twice is one. */
  refuseArrival(arrival: Arrival, reason: string, now: number): Promise<void>;
  /** Reasons for which messages of a channel were not let in since, with how many. */
  refusals(channel: string, since: number): Promise<readonly { readonly reason: string; readonly count: number; readonly lastAt: number }[]>;

  /** A code for somebody unknown: the one that was given, a new one, or none where too many wait. */
  askToPair(wish: PairingWish): Promise<{ readonly code: string; readonly isNew: boolean } | undefined>;
  listPairings(workspaces: readonly string[] | undefined, now: number): Promise<readonly Pairing[]>;
  /** Ends a pairing, granted or not; undefined where there is none. */
  takePairing(code: string, workspaces: readonly string[] | undefined, now: number): Promise<Pairing | undefined>;
}

/** Names one holding of a channel. */
export interface ChannelHold {
  readonly channel: string;
  readonly number: number;
}

/** Another node serves the channel by now: whoever held it must stop and write nothing. */
export class StaleHold extends Error {
  override readonly name = 'StaleHold';
}

export interface HoldWish {
  readonly channel: string;
  readonly owner: string;
  readonly until: number;
  readonly alone: boolean;
  readonly now: number;
}

/** The send of a turn's answer: the same however often the turn ends. */
export const sendOf = (turnId: string): string => `send_${turnId}`;

/** How often the same words may reach somebody when nobody knows whether they did: a second time, or perhaps never. */
export type Delivery = 'at-least-once' | 'at-most-once';

export interface NewSend {
  readonly id: string;
  readonly address: ReplyAddress;
  readonly text: string;
  /** Go out behind the text, in this order. */
  readonly files?: readonly NewSendFile[] | undefined;
  readonly turnId: string | undefined;
  readonly sessionKey: string | undefined;
  readonly workspace: string;
  readonly now: number;
}

/** What is still known of a file when the send is over. */
export interface SendFile {
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  readonly bytes: number;
}

export interface NewSendFile extends SendFile {
  /** In base64. */
  readonly content: string;
}

/**
 * - `draft`: an answer that is being made, and shown meanwhile.
 * - `queued`: waits, perhaps for another try.
 * - `sending`: a part of it is on its way.
 * - `sent`, `failed`: over.
 * - `ambiguous`: over, and nobody knows whether all of it arrived.
 */
export type SendState = 'draft' | 'queued' | 'sending' | 'sent' | 'failed' | 'ambiguous';

export interface SendPart {
  readonly id: string;
  /** How far into the text it reaches. Beyond the text each file counts one: its length + 1 is with the first file. */
  readonly to: number;
  readonly now: number;
}

export interface PartFailure {
  readonly id: string;
  /** When to try again; absent where that is no use. */
  readonly retryAt: number | undefined;
  /** Present where nobody knows whether it went out: what that means then. */
  readonly doubt?: Delivery;
  /** What was shown while the answer was made cannot be replaced by it. */
  readonly forgetDraft?: boolean;
  readonly error: string;
  readonly now: number;
}

export interface SendRecord {
  readonly id: string;
  readonly address: ReplyAddress;
  readonly text: string;
  readonly files: readonly SendFile[];
  readonly state: SendState;
  readonly attempts: number;
  readonly nextAt: number;
  /** The hold of whoever sent last. */
  readonly hold: number | undefined;
  /** How much has gone out: of the text, which goes in parts where it is long, and then of the files, as `SendPart.to` counts. */
  readonly sentTo: number;
  /** What was shown while the answer was made, and now gives its place to it. */
  readonly draftId: string | undefined;
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

export interface ChannelState {
  readonly channel: string;
  readonly state: 'connecting' | 'connected' | 'disconnected' | 'failed';
  readonly error: string | undefined;
  readonly since: number;
  readonly heldUntil: number;
}

export interface ChannelNote extends Pick<ChannelState, 'state' | 'error'> {
  readonly now: number;
  /** The name of the event to tell; absent where this is no news. */
  readonly event?: { readonly id: string; readonly type: 'channel.connected' | 'channel.disconnected'; readonly data: Readonly<Record<string, unknown>> };
}

export interface ArrivalQuestion extends Arrival {
  /** Where the hour begins that limits are counted in. */
  readonly since: number;
}

export interface ArrivalWeight {
  /** It was looked at before. */
  readonly seen: boolean;
  /** Messages of the channel that were let in since. */
  readonly letIn: number;
  /** When one of this sender was let in last. */
  readonly lastOfSender: number | undefined;
  /** Messages of this conversation that were refused since, for whatever reason. */
  readonly refusedHere: number;
}

export interface PairingWish {
  readonly channel: string;
  readonly sender: string;
  readonly name: string | undefined;
  readonly address: ReplyAddress;
  readonly workspace: string;
  readonly code: string;
  readonly now: number;
  readonly expiresAt: number;
  /** How many may wait for one channel. */
  readonly most: number;
}

export interface Pairing extends Pick<PairingWish, 'channel' | 'sender' | 'name' | 'address' | 'workspace' | 'code' | 'expiresAt'> {
  readonly createdAt: number;
}
