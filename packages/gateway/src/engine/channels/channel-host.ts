import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { onAbort } from '../../kernel/on-abort.ts';
import type { Gateway } from '../gateway.ts';
import { type ChannelAdapter, type ChannelCapabilities, type ChannelDriver, ChannelFailure, type ChannelWorld } from '../ports/channel.ts';
import { type ChannelHold, type ChannelNote, type ChannelState, StaleHold } from '../ports/channel-store.ts';
import type { Signal } from '../ports/event-bus.ts';
import type { Store } from '../ports/store.ts';
import type { Attachments } from './attachments.ts';
import { Called, type Callee } from './called.ts';
import type { ChannelSettings } from './channel-settings.ts';
import { Reception, type ReceptionDeps } from './reception.ts';
import { Sender } from './sender.ts';
import { Showing } from './showing.ts';

/** A node that says nothing for this long has lost its channels to the others. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const LOOK_FOR_HOLD_MS = 2_000;
/** An adapter that has not reached its service by then has not reached it. */
const CONTACT_WITHIN_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** What the owner must mend is tried again all the same: perhaps they mended it on the other side. */
const PAUSE_AFTER_REFUSAL_MS = 300_000;
/** What an orderly stop leaves to what is on its way. */
const LAST_SENDS_MS = 1_500;
/** Alone on its store, nothing is put into the outbox that this node does not know of. */
const LOOK_ALONE_MS = 30_000;
const LOOK_WITH_OTHERS_MS = 1_000;

export interface HostDeps {
  readonly settings: ChannelSettings;
  /** Loads the driver; it is not loaded before. */
  readonly driver: () => Promise<ChannelDriver>;
  readonly world: ChannelWorld;
  readonly store: Store;
  readonly gateway: Pick<Gateway, 'call'>;
  readonly allowlist: () => readonly string[];
  readonly attachments: Pick<Attachments, 'bring'>;
  /** What this node is called as a holder of channels. */
  readonly owner: string;
  /** No other node works on this store. */
  readonly alone: boolean;
  readonly log: Log;
  readonly now: () => number;
}

type Shown = Pick<ChannelState, 'state' | 'error' | 'since'>;

/** What of one connection must hear of what happens elsewhere. */
interface Serving {
  readonly sender: Sender;
  readonly showing: Showing;
}

/** Serves one account of a channel: holds it, connects, connects again where that is lost, takes in and sends. */
export class ChannelHost {
  readonly #deps: HostDeps;
  readonly #stopping = new AbortController();
  readonly #revoked = new AbortController();
  #serving: Serving | undefined;
  readonly #called: Called;
  #over: Promise<void> = Promise.resolve();
  #shown: Shown;
  /** The last news that was told of the connection: told once, however often it is tried. */
  #told: ChannelState['state'] = 'connecting';

  constructor(deps: HostDeps) {
    this.#deps = deps;
    this.#called = new Called({
      ...deps,
      reception: (adapter) => this.#receptionOf(adapter, this.#stopping.signal, { begun: (turnId, address) => this.#serving?.showing.begin(turnId, address), nudge: () => this.nudge() }),
    });
    this.#shown = { state: 'connecting', error: undefined, since: deps.now() };
  }

  get settings(): ChannelSettings {
    return this.#deps.settings;
  }

  get shown(): Shown {
    return this.#shown;
  }

  start(): void {
    this.#over = this.#serve();
  }

  /** There may be something to send. */
  nudge(): void {
    this.#serving?.sender.nudge();
  }

  hear(signal: Signal): void {
    this.#serving?.showing.hear(signal);
  }

  /** What takes the requests of its service. Undefined where that never comes. */
  callee(): Promise<Callee | undefined> {
    return this.#called.callee();
  }

  /** What its service takes, connected or not; undefined where its settings are wrong. */
  async capabilities(): Promise<ChannelCapabilities | undefined> {
    return (await this.#called.adapter())?.capabilities;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#called.stop();
    await this.#over;
    this.#revoked.abort();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #serve(): Promise<void> {
    const { log, settings } = this.#deps;
    while (!this.#stopped) {
      try {
        const hold = await this.#takeHold();
        if (hold) await this.#serveUnder(hold);
        else await this.#pause(LOOK_FOR_HOLD_MS);
      } catch (thrown) {
        if (!(thrown instanceof StaleHold)) log('error', `the channel ${settings.name} could not be served; trying again`, { channel: settings.name, cause: describe(thrown) });
        await this.#pause(LOOK_FOR_HOLD_MS);
      }
    }
  }

  async #takeHold(): Promise<ChannelHold | undefined> {
    const { store, settings: { name: channel }, owner, alone, now } = this.#deps;
    const at = now();
    const hold = await store.holdChannel({ channel, owner, alone, now: at, until: alone ? Number.MAX_SAFE_INTEGER : at + LEASE_MS });
    // How it stands with what another node serves, that node has written down.
    if (!hold) this.#shown = (await store.channelStates()).find((one) => one.channel === channel) ?? this.#shown;
    return hold;
  }

  async #serveUnder(hold: ChannelHold): Promise<void> {
    const { store, alone, now } = this.#deps;
    const lost = new AbortController();
    const renewal = alone ? undefined : setInterval(() => void this.#renew(hold, lost), RENEW_MS);
    try {
      for (let failures = 0; !this.#stopped && !lost.signal.aborted; failures++) {
        const before = now();
        const failure = await this.#connection(hold, lost);
        if (!failure || this.#stopped || lost.signal.aborted) break;
        if (now() - before > LONGEST_PAUSE_MS) failures = 0;
        await this.#noteFailure(hold, failure);
        await this.#pause(pauseAfter(failure, failures), lost.signal);
      }
    } finally {
      clearInterval(renewal);
      if (!lost.signal.aborted) await store.releaseHold(hold, now()).catch(() => {});
    }
  }

  async #renew(hold: ChannelHold, lost: AbortController): Promise<void> {
    const { store, settings, log, now } = this.#deps;
    try {
      if (await store.renewHold(hold, now() + LEASE_MS)) return;
      log('warn', `another gateway serves the channel ${settings.name} by now`, { channel: settings.name });
      lost.abort();
    } catch (thrown) {
      // Whoever cannot say that they live is taken for dead by the others; what is written under this hold is refused from then on.
      log('warn', 'the hold of a channel could not be renewed', { channel: settings.name, cause: String(thrown) });
    }
  }

  /** One connection, from its beginning to its end; undefined where this node ended it. */
  async #connection(hold: ChannelHold, lost: AbortController): Promise<ChannelFailure | undefined> {
    const { driver, world, settings, store } = this.#deps;
    let adapter: ChannelAdapter;
    try {
      adapter = (await driver()).open(settings.section, world);
    } catch (thrown) {
      return toFailure(thrown);
    }
    await this.#recoverSends(hold, adapter);
    await this.#note(hold, { state: 'connecting', error: undefined });
    const ended = Promise.withResolvers<ChannelFailure | undefined>();
    const leave = (): void => ended.resolve(undefined);
    const deaf = [this.#stopping.signal, lost.signal].map((signal) => onAbort(signal, leave));
    const over = new AbortController();
    const { sender, showing, reception } = this.#servants(hold, adapter, { lost, over: over.signal });
    const late = setTimeout(() => ended.resolve(new ChannelFailure('passing', 'no contact within a minute')), CONTACT_WITHIN_MS);
    const connected = (): void => {
      if (over.signal.aborted) return;
      clearTimeout(late);
      void this.#note(hold, { state: 'connected', error: undefined }, 'channel.connected').catch((thrown: unknown) => ended.resolve(toFailure(thrown)));
      this.#serving = { sender, showing };
      sender.start();
    };
    // Not waited for: whoever stops it now does not wait for a service that says nothing.
    const connecting = adapter.connect({
      received: (message) => reception.receive(message), invited: (invitation) => reception.invited(invitation),
      connected, disconnected: (failure) => ended.resolve(failure),
      memory: { recall: () => store.placeOf(settings.name), keep: (place) => store.keepPlace(hold, place) },
    });
    connecting.catch((thrown: unknown) => ended.resolve(toFailure(thrown)));
    const failure = await ended.promise;
    over.abort();
    clearTimeout(late);
    this.#serving = undefined;
    for (const end of deaf) end();
    showing.stop();
    await Promise.race([sender.stop(), sleep(LAST_SENDS_MS, undefined, { ref: false })]);
    await adapter.disconnect();
    await sender.stop();
    return failure;
  }

  /** What an earlier holder left on its way. */
  async #recoverSends(hold: ChannelHold, { capabilities }: ChannelAdapter): Promise<void> {
    const { store, settings: { name, delivery }, log, now } = this.#deps;
    const doubts = await store.recoverSends(hold, capabilities.knowsRepeats ? 'idempotent' : delivery, now());
    if (doubts > 0) log('warn', `of ${doubts} messages on ${name} nobody knows whether they arrived: openclaw channels sends --ambiguous`, { channel: name });
  }

  #servants(hold: ChannelHold, adapter: ChannelAdapter, { lost, over }: { readonly lost: AbortController; readonly over: AbortSignal }): Serving & { readonly reception: Reception } {
    const { settings, store, alone, log, now } = this.#deps;
    const showing: Showing = new Showing({ settings, store, hold, adapter, log, now, settled: () => sender.nudge() });
    const sender: Sender = new Sender({
      settings, store, hold, adapter, log, now, lost: () => lost.abort(),
      isShowing: (id) => showing.isBusy(id),
      lookEveryMs: alone ? LOOK_ALONE_MS : LOOK_WITH_OTHERS_MS,
    });
    const reception = this.#receptionOf(adapter, over, { begun: (turnId, address) => showing.begin(turnId, address), nudge: () => sender.nudge() });
    return { showing, sender, reception };
  }

  /** `over` ends what is still brought for a message: it comes again. */
  #receptionOf(adapter: ChannelAdapter, over: AbortSignal, told: Pick<ReceptionDeps, 'begun' | 'nudge'>): Reception {
    const { settings, store, gateway, allowlist, attachments, log, now } = this.#deps;
    const { name: channel, workspace, largestAttachment: mostBytes } = settings;
    return new Reception({
      ...told, settings, store, gateway, allowlist, log, now, revoked: this.#revoked.signal, capabilities: () => adapter.capabilities,
      bring: (message) => attachments.bring(message, { channel, workspace, mostBytes, signal: over }),
    });
  }

  async #noteFailure(hold: ChannelHold, failure: ChannelFailure): Promise<void> {
    const { log, settings } = this.#deps;
    const state = failure.kind === 'permanent' ? 'failed' : 'disconnected';
    log('warn', `the channel ${settings.name} is not connected: ${failure.message}`, { channel: settings.name, ...(failure.cause !== undefined && { cause: describe(failure.cause) }) });
    await this.#note(hold, { state, error: failure.message }, 'channel.disconnected');
  }

  async #note(hold: ChannelHold, { state, error }: Pick<ChannelNote, 'state' | 'error'>, type?: 'channel.connected' | 'channel.disconnected'): Promise<void> {
    const { store, settings, now } = this.#deps;
    const at = now();
    this.#shown = { state, error, since: at };
    const isNews = type !== undefined && this.#told !== state;
    if (isNews) this.#told = state;
    const data = { channel: settings.name, workspace: settings.workspace, ...(error !== undefined && { error }) };
    await store.noteChannelState(hold, { state, error, now: at, ...(isNews && { event: { id: newId('evt', at), type, data } }) });
  }

  async #pause(ms: number, other?: AbortSignal): Promise<void> {
    const signal = other ? AbortSignal.any([this.#stopping.signal, other]) : this.#stopping.signal;
    await sleep(ms, undefined, { signal }).catch(() => {});
  }
}

/** Longer with each failure, and never the same for two that failed together. */
const pauseAfter = ({ kind, retryAfterMs }: ChannelFailure, failures: number): number => {
  const pause = kind === 'permanent' ? PAUSE_AFTER_REFUSAL_MS : Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
  return Math.max(retryAfterMs ?? 0, pause * (0.75 + Math.random() / 2));
};

const toFailure = (thrown: unknown): ChannelFailure =>
  thrown instanceof ChannelFailure ? thrown : new ChannelFailure('passing', 'the channel failed unexpectedly', { cause: thrown });

const describe = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
