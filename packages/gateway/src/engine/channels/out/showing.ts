import type { Log } from '../../../kernel/log.ts';
import { type ChannelAdapter, ChannelFailure } from '../../ports/channel.ts';
import { type ChannelHold, type ChannelStore, sendOf } from '../../ports/channel-store.ts';
import type { LiveEvent, Signal } from '../../ports/event-bus.ts';
import type { ReplyAddress } from '../../ports/turn-records.ts';
import type { ChannelSettings } from '../channel-settings.ts';

/** How often something is shown of a turn. */
const TICK_MS = 1_500;
const TYPING_EVERY_MS = 4_500;
/** A turn that shows nothing for this long is not waited for any more. */
const PATIENCE_MS = 15 * 60_000;
/** So much must have been said before any of it is shown: an answer that turns out to be none is shorter. */
const FIRST_SHOWN = 48;
const ROOM_FOR_MARK = 8;
/** Turns that ended a moment ago, in case one of them is only now known to be waited for. */
const ENDED_KEPT = 256;

interface Shown {
  readonly turnId: string;
  readonly address: ReplyAddress;
  begunAt: number;
  message: string;
  text: string;
  /** What stands in the channel now. */
  standing: string | undefined;
  externalId: string | undefined;
  /** Nothing more is shown before this. */
  quietUntil: number;
  typedAt: number;
  busy: boolean;
  over: boolean;
}

interface Deps {
  readonly settings: Pick<ChannelSettings, 'streaming' | 'delivery' | 'workspace'>;
  readonly store: Pick<ChannelStore, 'beginDraft' | 'nameDraft' | 'failDraft'>;
  readonly hold: ChannelHold;
  readonly adapter: ChannelAdapter;
  /** Something that was on its way has arrived. */
  readonly settled: () => void;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * What those who wait for an answer see meanwhile: that it is being written and, where they may, what is written so far. All of it may be
 * lost: the answer comes from the outbox, whatever was shown.
 */
export class Showing {
  readonly #deps: Deps;
  readonly #turns = new Map<string, Shown>();
  readonly #ended = new Set<string>();
  readonly #streams: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { settings, adapter } = deps;
    // Where nothing may arrive twice, nothing is shown that a crash could leave standing.
    this.#streams = settings.streaming && settings.delivery === 'at-least-once' && adapter.capabilities.edit;
  }

  /** Somebody waits for the answer of this turn. */
  begin(turnId: string, address: ReplyAddress): void {
    if (this.#ended.has(turnId) || (!this.#streams && !this.#deps.adapter.typing)) return;
    const begunAt = this.#deps.now();
    this.#turns.set(turnId, { turnId, address, begunAt, message: '', text: '', standing: undefined, externalId: undefined, quietUntil: 0, typedAt: 0, busy: false, over: false });
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  hear(signal: Signal): void {
    if (signal.kind !== 'turn') return;
    const turn = this.#turns.get(signal.turnId);
    if (isEnd(signal.event)) this.#noteEnd(signal.turnId);
    if (turn && isEnd(signal.event)) this.#end(turn);
    else if (turn && signal.event.type === 'text') take(turn, signal.event);
  }

  isBusy(sendId: string): boolean {
    for (const { turnId, busy } of this.#turns.values()) if (busy && sendOf(turnId) === sendId) return true;
    return false;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#turns.clear();
  }

  #noteEnd(turnId: string): void {
    this.#ended.add(turnId);
    const [oldest] = this.#ended;
    if (this.#ended.size > ENDED_KEPT && oldest !== undefined) this.#ended.delete(oldest);
  }

  #end(turn: Shown): void {
    turn.over = true;
    if (!turn.busy) this.#forget(turn);
  }

  #forget({ turnId }: Shown): void {
    this.#turns.delete(turnId);
    if (this.#turns.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = this.#deps.now();
    for (const turn of this.#turns.values()) {
      if (now - turn.begunAt > PATIENCE_MS) this.#end(turn);
      if (turn.over || turn.busy || now < turn.quietUntil) continue;
      if (now - turn.typedAt >= TYPING_EVERY_MS) {
        turn.typedAt = now;
        void this.#deps.adapter.typing?.(turn.address).catch(() => {});
      }
      if (this.#streams && turn.text.length >= FIRST_SHOWN && turn.text !== turn.standing) void this.#show(turn);
    }
  }

  async #show(turn: Shown): Promise<void> {
    const { adapter, log, now, settled } = this.#deps;
    const text = turn.text;
    const shown = { address: turn.address, text: `${text.slice(0, adapter.capabilities.longestText - ROOM_FOR_MARK).toWellFormed().trimEnd()} …` };
    turn.busy = true;
    try {
      if (turn.externalId === undefined) await this.#showFirst(turn, shown);
      else await adapter.edit?.({ ...shown, externalId: turn.externalId });
      turn.standing = text;
    } catch (thrown) {
      const after = thrown instanceof ChannelFailure ? thrown.retryAfterMs : undefined;
      // Without a first message nothing more is shown of this turn: another one could stand beside it.
      turn.quietUntil = turn.externalId === undefined ? Number.POSITIVE_INFINITY : now() + (after ?? TICK_MS * 4);
      log('debug', 'what is written could not be shown', { turnId: turn.turnId, reason: thrown instanceof Error ? thrown.message : String(thrown) });
    } finally {
      turn.busy = false;
      if (turn.over) this.#forget(turn);
      settled();
    }
  }

  async #showFirst(turn: Shown, message: { readonly address: ReplyAddress; readonly text: string }): Promise<void> {
    const { store, hold, adapter, settings, now } = this.#deps;
    const id = sendOf(turn.turnId);
    await store.beginDraft(hold, { id, address: turn.address, text: '', turnId: turn.turnId, sessionKey: undefined, workspace: settings.workspace, now: now() });
    try {
      const { externalId } = await adapter.send({ ...message, key: `${id}-draft` });
      await store.nameDraft(hold, { id, externalId, now: now() });
      turn.externalId = externalId;
    } catch (thrown) {
      const didNot = thrown instanceof ChannelFailure && thrown.kind !== 'unknown';
      await store.failDraft(hold, { id, doubt: !didNot, now: now() });
      throw thrown;
    }
  }
}

const isEnd = ({ type }: LiveEvent): boolean => type === 'done' || type === 'failed' || type === 'ended';

/** Each model step says something of its own; the last is the answer. */
const take = (turn: Shown, event: Extract<LiveEvent, { type: 'text' }>): void => {
  if (event.message !== turn.message) {
    turn.message = event.message;
    turn.text = '';
  }
  // What was told in between was lost: it stands in the answer.
  if (event.offset <= turn.text.length) turn.text = turn.text.slice(0, event.offset) + event.delta;
};
