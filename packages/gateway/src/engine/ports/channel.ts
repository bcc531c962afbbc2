import type { z } from 'zod';
import type { Log } from '../../kernel/log.ts';
import type { HttpClient } from './http-client.ts';
import type { ReplyAddress } from './turn-records.ts';

/**
 * One account on one chat service, as the gateway sees it. `test/conformance/channel.ts` is what makes a driver a channel.
 *
 * - An adapter lives for one connection: after `disconnect`, or after it has called `context.disconnected`, another is made for the next try.
 *   It does not reconnect by itself; pauses and their growth are the gateway's.
 * - It hands on every message and judges none: who may write is the gateway's to say. It leaves out what it wrote itself.
 * - It tells the service that a message has come (an offset, an acknowledgement) only after `context.received` has resolved. Where that
 *   rejects, the message must come again.
 * - It holds nothing that must survive: what it has acknowledged is stored, what it has not comes again. A place in a stream goes into
 *   `context.memory`, and only after what stands before it is stored.
 * - It dials through `world.http`, or by a client of its own inside `drivers/channels/<name>`; nothing else in the gateway does.
 * - No message, error or log line of it holds a token.
 */
export interface ChannelAdapter {
  readonly capabilities: ChannelCapabilities;
  /** Begins to listen. Resolves when that is under way; rejects with a `ChannelFailure` where it cannot be. */
  connect(context: ChannelContext): Promise<void>;
  /** Ends everything it has open, also while `connect` is under way. Never rejects; a second time does nothing. */
  disconnect(): Promise<void>;
  /** Sends one message, no longer than `capabilities.longestText`. Rejects with a `ChannelFailure` that says what is known of its fate. */
  send(message: OutgoingMessage): Promise<SentMessage>;
  /** Where `capabilities.largestFile`: sends one file, as `send` sends words. */
  sendFile?(message: OutgoingFile): Promise<SentMessage>;
  /** Where `capabilities.edit`: makes a message it sent say something else. Done twice, it is done once. */
  edit?(message: OutgoingMessage & SentMessage): Promise<void>;
  /** Shows for a few seconds that an answer is being written. Whether that works is nobody's concern. */
  typing?(address: ReplyAddress): Promise<void>;
  /**
   * For services that come to us, at `/channels/<name>`: judges whether it is them by what the request shows, and resolves when all that
   * they bring is taken. Rejects where something could not be taken: they come again. Needs no connection, for another node may have it.
   */
  answer?(request: ChannelRequest, context: Pick<ChannelContext, 'received'>): Promise<ChannelAnswer>;
}

export interface ChannelCapabilities {
  /** In UTF-16 code units. */
  readonly longestText: number;
  /** It has `edit`. */
  readonly edit: boolean;
  /** It has `sendFile`, for files of up to so many bytes. */
  readonly largestFile?: number;
  /** Each message waits for an answer of its own, as a request does: none is refused in silence. */
  readonly awaitsAnswers?: boolean;
  /** The service knows a message by its `key`: sent again, it arrives once. No send is ever in doubt then. */
  readonly knowsRepeats?: boolean;
}

export interface ChannelContext {
  /** Resolves when the message is stored, or is known, or is not wanted: it need not come again. */
  received(message: InboundMessage): Promise<void>;
  /** Whether to go where this account is asked to: only there where whoever asks would be answered. */
  invited(invitation: Invitation): boolean;
  /** The service is in reach: what is sent now can arrive. */
  connected(): void;
  /** The connection is lost, and this adapter with it. */
  disconnected(failure: ChannelFailure): void;
  /** Absent where nobody keeps anything: each connection is the first one then. */
  readonly memory?: ChannelMemory | undefined;
}

/**
 * Where an adapter has got to in what a service tells, for services that keep no such place for their readers. It is the channel's, not the
 * adapter's: the next connection finds it, after a restart and on another node.
 */
export interface ChannelMemory {
  recall(): Promise<string | undefined>;
  /** The newest counts. A power cut may bring back an older one: what follows it is told again then, and is known. */
  keep(place: string): Promise<void>;
}

/** A request as it came. A header or a parameter that is there twice counts as none. */
export interface ChannelRequest {
  readonly method: 'GET' | 'POST';
  header(name: string): string | undefined;
  parameter(name: string): string | undefined;
  readonly body: Uint8Array;
}

/** `unproven`: it does not show that it comes from the service. */
export type ChannelAnswer = { readonly outcome: 'taken'; readonly text?: string } | { readonly outcome: 'unproven'; readonly wants: string };

/** Everything here is what the service vouches for, or says so. */
export interface InboundMessage {
  /** Unique in its conversation, and the same each time the message comes. */
  readonly id: string;
  readonly conversation: {
    /** What an answer is addressed to. */
    readonly id: string;
    /** `unknown` where the service says something new: nobody is let in from there. */
    readonly kind: 'direct' | 'group' | 'channel' | 'unknown';
    readonly title?: string | undefined;
  };
  /** Absent where nobody in particular wrote. */
  readonly sender?: {
    /** Never changes, and is never given to somebody else: a number, not a name. */
    readonly id: string;
    readonly name?: string | undefined;
    /** Nobody vouches for the id: it says who seems to write, and lets nobody in. */
    readonly claimed?: true | undefined;
  };
  readonly thread?: string | undefined;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** It is addressed to this account: by name, or as an answer to something this account wrote. */
  readonly mentionsMe: boolean;
  /** When it was written, in epoch milliseconds. */
  readonly at: number;
}

/** Where this account is asked to, and by whom. Of its kind nothing is known but what they say of it. */
export type Invitation = Pick<InboundMessage, 'conversation' | 'sender'>;

/** What came with a message. */
export interface Attachment {
  readonly kind: 'image' | 'audio' | 'video' | 'file' | 'other';
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly bytes?: number | undefined;
  /** Brings its content, which is asked for once the message is let in. Rejects with a `ChannelFailure`, also where it is longer than `mostBytes`. */
  readonly fetch?: ((mostBytes: number, signal: AbortSignal) => Promise<Uint8Array>) | undefined;
}

export interface OutgoingMessage {
  readonly address: ReplyAddress;
  readonly text: string;
  /** The same each time the same message is tried, and of letters, digits, `_` and `-`. Absent where it is tried once only. */
  readonly key?: string | undefined;
}

export interface OutgoingFile extends Omit<OutgoingMessage, 'text'> {
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  readonly content: Uint8Array;
}

export interface SentMessage {
  /** What the service calls it. */
  readonly externalId: string;
}

/**
 * - `permanent`: it did not happen, and trying again is of no use.
 * - `passing`: it did not happen, and may later.
 * - `unknown`: it may have happened.
 */
export class ChannelFailure extends Error {
  override readonly name = 'ChannelFailure';
  readonly kind: 'permanent' | 'passing' | 'unknown';
  /** How long the service asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ChannelFailure['kind'], message: string, options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface ChannelWorld {
  readonly http: HttpClient;
  readonly log: Log;
}

/** What a channel folder exports: its name is its section of `channels`. */
export interface ChannelDriver {
  readonly name: string;
  /** What a sender's stable id looks like: an entry of an allowlist that does not, can never let anybody in. */
  readonly senderId: RegExp;
  /** Makes an adapter from its section of the configuration; throws a permanent `ChannelFailure` where that is wrong. */
  open(section: Readonly<Record<string, unknown>>, world: ChannelWorld): ChannelAdapter;
}

interface ChannelDefinition<Settings extends z.ZodType> extends Pick<ChannelDriver, 'name' | 'senderId'> {
  /** The keys of its section that are its own. Each says in words what it expects. */
  readonly settings: Settings;
  open(settings: z.output<Settings>, world: ChannelWorld): ChannelAdapter;
}

export const defineChannel = <Settings extends z.ZodType>({ settings, open, ...driver }: ChannelDefinition<Settings>): ChannelDriver => ({
  ...driver,
  open: (section, world) => {
    const read = settings.safeParse(section);
    if (read.success) return open(read.data, world);
    const [issue] = read.error.issues;
    throw new ChannelFailure('permanent', `channels.${[driver.name, ...(issue?.path ?? [])].join('.')}: expected ${issue?.message ?? 'something else'}`);
  },
});
