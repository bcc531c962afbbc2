import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '@openclaw/contract';
import type { Log } from '../../../kernel/log.ts';
import { type ChannelAdapter, ChannelFailure } from '../../ports/channel.ts';
import { type ChannelHold, type ChannelStore, type SendRecord, StaleHold } from '../../ports/channel-store.ts';
import type { ChannelSettings } from '../channel-settings.ts';
import { type FilePart, nextOf, type TextPart } from './next-part.ts';
import { refusalOf } from './outgoing-files.ts';

/** One at a time, so that a crash leaves one in doubt and no more; but one that takes longer than this holds up no others. */
const SLOW_MS = 2_000;
/** Slow ones, at the most. */
const AT_ONCE = 8;
const SEEN_AT_ONCE = 64;
/** An answer older than this helps nobody any more. */
const TOO_OLD_MS = 24 * 3_600_000;
const MOST_TRIES = 12;
/** The same words arrive as often as this at most, where nobody ever says whether they did. */
const MOST_DOUBTS = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
const LONGEST_WISH_MS = 3_600_000;
/** How soon a store that took no write is tried again. */
const STORE_PAUSE_MS = 250;

interface Deps {
  readonly settings: Pick<ChannelSettings, 'name' | 'delivery'>;
  readonly store: Pick<ChannelStore, 'openSends' | 'contentOf' | 'beginPart' | 'endPart' | 'failPart'>;
  readonly hold: ChannelHold;
  readonly adapter: ChannelAdapter;
  /** What is shown of an answer while it is made is on its way: the answer itself must not overtake it. Ends with a nudge. */
  readonly isShowing: (sendId: string) => boolean;
  /** How often the outbox is looked at unasked: others may put something in. */
  readonly lookEveryMs: number;
  /** Another node serves the channel by now. */
  readonly lost: () => void;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * Sends what waits for one channel, in order within a conversation. That a part is about to go out is on the disk before it is dialled: a
 * crash in between leaves it in doubt, and whoever holds the channel next decides what that means.
 */
export class Sender {
  readonly #deps: Deps;
  /** By conversation. */
  readonly #busy = new Map<string, Promise<void>>();
  /** One is on its way that has not been slow so far. */
  #lane: NodeJS.Timeout | undefined;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.nudge();
  }

  /** Something may be waiting. */
  nudge(): void {
    this.#again = true;
    if (!this.#looking && !this.#stopped.signal.aborted) void this.#look();
  }

  /** Begins nothing more, and waits for what is on its way. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#lane);
    await Promise.all(this.#busy.values());
  }

  async #look(): Promise<void> {
    this.#looking = true;
    clearTimeout(this.#timer);
    let pause = this.#deps.lookEveryMs;
    try {
      while (this.#again && !this.#stopped.signal.aborted) {
        this.#again = false;
        const open = await this.#deps.store.openSends(this.#deps.settings.name, SEEN_AT_ONCE);
        pause = Math.min(this.#deps.lookEveryMs, ...open.filter(({ address }) => !this.#busy.has(address.to)).map((send) => this.#take(send)));
      }
    } catch (thrown) {
      this.#deps.log('warn', 'the outbox could not be read', { channel: this.#deps.settings.name, cause: String(thrown) });
      pause = STORE_PAUSE_MS;
    } finally {
      this.#looking = false;
    }
    if (this.#stopped.signal.aborted) return;
    // What came while the last look was ending.
    if (this.#again) return void this.#look();
    this.#timer = setTimeout(() => this.nudge(), Math.max(1, pause));
  }

  /** Begins with a send whose time has come; how long until another look is worth it. */
  #take(send: SendRecord): number {
    const wait = send.nextAt - this.#deps.now();
    if (wait > 0) return wait;
    if (this.#lane || this.#busy.size >= AT_ONCE || this.#deps.isShowing(send.id)) return Number.POSITIVE_INFINITY;
    const { to } = send.address;
    const lane = setTimeout(() => this.#free(lane), SLOW_MS);
    this.#lane = lane;
    const over = this.#deliver(send).finally(() => {
      this.#busy.delete(to);
      this.#free(lane);
    });
    this.#busy.set(to, over);
    return Number.POSITIVE_INFINITY;
  }

  #free(lane: NodeJS.Timeout): void {
    clearTimeout(lane);
    if (this.#lane === lane) this.#lane = undefined;
    this.nudge();
  }

  async #deliver(send: SendRecord): Promise<void> {
    try {
      // It is this hold's own, and is not on its way: the answer to its beginning was lost, and it never left.
      if (send.state === 'sending') return await this.#record(() => this.#fail(send, { retryAt: this.#deps.now(), error: 'begun and not sent' }));
      await this.#deliverNext(send);
    } catch (thrown) {
      if (thrown instanceof StaleHold) return this.#deps.lost();
      if (this.#stopped.signal.aborted) return;
      this.#deps.log('warn', 'a send could not be recorded', { channel: send.address.channel, send: send.id, cause: String(thrown) });
      await sleep(STORE_PAUSE_MS);
    }
  }

  async #deliverNext(send: SendRecord): Promise<void> {
    const { store, hold, adapter, now } = this.#deps;
    const part = nextOf(send, send.sentTo, adapter.capabilities.longestText);
    const reason = part ? this.#reasonToGiveUp(send) : 'it says nothing';
    if (!part || reason !== undefined) return this.#record(() => this.#fail(send, { retryAt: undefined, error: reason ?? '' }));
    const dial = 'text' in part ? () => this.#dialWords(send, part) : await this.#readied(send, part);
    if (typeof dial === 'string') return this.#record(() => this.#fail(send, { retryAt: undefined, error: dial }));
    await store.beginPart(hold, { id: send.id, to: part.to, now: now() });
    let externalId: string;
    try {
      externalId = await dial();
    } catch (thrown) {
      return this.#record(() => this.#failed(send, thrown));
    }
    const over = nextOf(send, part.to, adapter.capabilities.longestText) === undefined;
    await this.#record(() => store.endPart(hold, { id: send.id, to: part.to, externalId, over, now: now() }));
  }

  /** The first part takes the place of what was shown while the answer was made. */
  async #dialWords(send: SendRecord, { text }: TextPart): Promise<string> {
    const { adapter } = this.#deps;
    const message = { address: send.address, text, key: keyOf(send) };
    if (send.draftId === undefined || send.sentTo > 0 || !adapter.edit) return (await adapter.send(message)).externalId;
    await adapter.edit({ ...message, externalId: send.draftId });
    return send.draftId;
  }

  /** How a file goes out, with its content at hand; or why it cannot. */
  async #readied(send: SendRecord, { file }: FilePart): Promise<(() => Promise<string>) | string> {
    const { adapter, store, settings } = this.#deps;
    const { name, type, bytes } = send.files[file] ?? { name: '', type: '', bytes: 0 };
    const refusal = refusalOf(settings.name, adapter.capabilities, [{ name, bytes }]);
    if (refusal !== undefined) return refusal;
    const content = await store.contentOf(send.id, file);
    if (content === undefined) return `the file ${name} is not there any more`;
    return async () => {
      if (!adapter.sendFile) throw new ChannelFailure('permanent', `${settings.name} takes no files`);
      return (await adapter.sendFile({ address: send.address, name, type, content: Buffer.from(content, 'base64'), key: keyOf(send) })).externalId;
    };
  }

  #reasonToGiveUp({ attempts, externalIds, createdAt, error }: SendRecord): string | undefined {
    if (this.#deps.now() - createdAt > TOO_OLD_MS) return `not sent within a day${error === undefined ? '' : `: ${error}`}`;
    return attempts - externalIds.length >= MOST_TRIES ? `given up after ${MOST_TRIES} tries: ${error ?? 'no reason was given'}` : undefined;
  }

  #failed(send: SendRecord, thrown: unknown): Promise<void> {
    const { log, settings, adapter, now } = this.#deps;
    // What a driver did not foresee may have happened after the words had left.
    const failure = thrown instanceof ChannelFailure ? thrown : new ChannelFailure('unknown', 'the channel failed unexpectedly', { cause: thrown });
    const isEdit = send.draftId !== undefined && send.sentTo === 0;
    log('warn', `a message could not be sent on ${settings.name}`, { channel: settings.name, send: send.id, kind: failure.kind, reason: failure.message, ...(failure.cause instanceof Error && { cause: failure.cause.message }) });
    const tried = send.attempts - send.externalIds.length;
    const backoff = Math.min(FIRST_PAUSE_MS * 2 ** tried, LONGEST_PAUSE_MS);
    const retryAt = now() + (failure.retryAfterMs === undefined ? backoff : Math.min(failure.retryAfterMs, LONGEST_WISH_MS));
    const error = failure.message;
    // What was shown is gone, perhaps: the answer comes as a message of its own.
    if (isEdit) return this.#fail(send, { retryAt: failure.kind === 'permanent' ? now() : retryAt, error, forgetDraft: failure.kind === 'permanent' });
    if (failure.kind === 'permanent') return this.#fail(send, { retryAt: undefined, error });
    // What is known again is sent again without a doubt; but one is left where it is not sent any more.
    const isNoDoubt = adapter.capabilities.knowsRepeats === true && tried + 1 < MOST_TRIES;
    if (failure.kind === 'passing' || isNoDoubt) return this.#fail(send, { retryAt, error });
    return this.#fail(send, { retryAt: send.doubts + 1 < MOST_DOUBTS ? retryAt : undefined, error, doubt: settings.delivery });
  }

  #fail(send: SendRecord, failure: Omit<Parameters<ChannelStore['failPart']>[1], 'id' | 'now'>): Promise<void> {
    return this.#deps.store.failPart(this.#deps.hold, { ...failure, id: send.id, now: this.#deps.now() });
  }

  /** What happened is written down, however long the store is away: else nobody would know. */
  async #record(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (thrown) {
        if (!(thrown instanceof GatewayError) || this.#stopped.signal.aborted) throw thrown;
        this.#deps.log('warn', 'what became of a send could not be recorded yet', { channel: this.#deps.settings.name, reason: thrown.message });
        await sleep(STORE_PAUSE_MS);
      }
    }
  }
}

/** Each part of a send has its own, the same at every try. */
const keyOf = ({ id, sentTo }: SendRecord): string => `${id}-${sentTo}`;
