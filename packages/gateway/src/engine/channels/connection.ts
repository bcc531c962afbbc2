import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from '../../kernel/on-abort.ts';
import { type ChannelAdapter, ChannelFailure } from '../ports/channel.ts';
import type { Signal } from '../ports/event-bus.ts';
import type { ReplyAddress } from '../ports/turn-records.ts';
import type { ChannelDeps } from './channel-deps.ts';
import type { HeldChannel } from './held-channel.ts';
import type { Reception } from './in/reception.ts';
import { receptionOf } from './in/reception-of.ts';
import { Sender } from './out/sender.ts';
import { Showing } from './out/showing.ts';

/** An adapter that has not reached its service by then has not reached it. */
const CONTACT_WITHIN_MS = 60_000;
/** What an orderly stop leaves to what is on its way. */
const LAST_SENDS_MS = 1_500;
/** Alone on its store, nothing is put into the outbox that this node does not know of. */
const LOOK_ALONE_MS = 30_000;
const LOOK_WITH_OTHERS_MS = 1_000;

interface Options {
  readonly adapter: ChannelAdapter;
  readonly held: HeldChannel;
  /** Whoever came in through it may do nothing any more. */
  readonly revoked: AbortSignal;
  /** Writes down that there is contact. */
  readonly noteContact: () => Promise<void>;
}

/** One connection of a channel, from its beginning to its end, with those who serve it: what comes in, what goes out, what is shown while it is written. */
export class Connection {
  readonly #deps: ChannelDeps;
  readonly #options: Options;
  readonly #sender: Sender;
  readonly #showing: Showing;
  readonly #reception: Reception;
  readonly #over = new AbortController();
  readonly #ended = Promise.withResolvers<ChannelFailure | undefined>();
  readonly #late: NodeJS.Timeout;
  #inContact = false;

  constructor(deps: ChannelDeps, options: Options) {
    this.#deps = deps;
    this.#options = options;
    const { settings, store, alone, log, now } = deps;
    const { adapter, held, revoked } = options;
    const { hold } = held;
    this.#showing = new Showing({ settings, store, hold, adapter, log, now, settled: () => this.#sender.nudge() });
    this.#sender = new Sender({
      settings, store, hold, adapter, log, now, lost: () => held.lose(),
      isShowing: (id) => this.#showing.isBusy(id),
      lookEveryMs: alone ? LOOK_ALONE_MS : LOOK_WITH_OTHERS_MS,
    });
    this.#reception = receptionOf(deps, adapter, {
      over: this.#over.signal, revoked, begun: (turnId, address) => this.#showing.begin(turnId, address), nudge: () => this.#sender.nudge(),
    });
    this.#late = setTimeout(() => this.#ended.resolve(new ChannelFailure('passing', 'no contact within a minute')), CONTACT_WITHIN_MS);
  }

  /** There may be something to send. */
  nudge(): void {
    if (this.#inContact) this.#sender.nudge();
  }

  hear(signal: Signal): void {
    if (this.#inContact) this.#showing.hear(signal);
  }

  /** A message that came to this node by another way is being answered. */
  begun(turnId: string, address: ReplyAddress): void {
    if (this.#inContact) this.#showing.begin(turnId, address);
  }

  /** Resolves when it is over, to why; to nothing where one of `leaving` ended it. */
  async run(leaving: readonly AbortSignal[]): Promise<ChannelFailure | undefined> {
    const deaf = leaving.map((signal) => onAbort(signal, () => this.#ended.resolve(undefined)));
    this.#connect();
    const failure = await this.#ended.promise;
    this.#inContact = false;
    this.#over.abort();
    clearTimeout(this.#late);
    for (const end of deaf) end();
    await this.#leave();
    return failure;
  }

  #connect(): void {
    const { store, settings } = this.#deps;
    const { adapter, held: { hold } } = this.#options;
    const failed = (thrown: unknown): void => this.#ended.resolve(toFailure(thrown));
    // Not waited for: whoever stops it now does not wait for a service that says nothing.
    const connecting = adapter.connect({
      received: (message) => this.#reception.receive(message), invited: (invitation) => this.#reception.invited(invitation),
      connected: () => this.#begin(failed), disconnected: (failure) => this.#ended.resolve(failure),
      memory: { recall: () => store.placeOf(settings.name), keep: (place) => store.keepPlace(hold, place) },
    });
    connecting.catch(failed);
  }

  #begin(failed: (thrown: unknown) => void): void {
    if (this.#over.signal.aborted) return;
    clearTimeout(this.#late);
    void this.#options.noteContact().catch(failed);
    this.#inContact = true;
    this.#sender.start();
  }

  async #leave(): Promise<void> {
    this.#showing.stop();
    await Promise.race([this.#sender.stop(), sleep(LAST_SENDS_MS, undefined, { ref: false })]);
    await this.#options.adapter.disconnect();
    await this.#sender.stop();
  }
}

export const toFailure = (thrown: unknown): ChannelFailure =>
  thrown instanceof ChannelFailure ? thrown : new ChannelFailure('passing', 'the channel failed unexpectedly', { cause: thrown });
