import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../kernel/ids.ts';
import type { ChannelAdapter, ChannelCapabilities, ChannelFailure } from '../ports/channel.ts';
import { type ChannelHold, type ChannelNote, type ChannelState, StaleHold } from '../ports/channel-store.ts';
import type { Signal } from '../ports/event-bus.ts';
import { Called, type Callee } from './called.ts';
import type { ChannelDeps } from './channel-deps.ts';
import type { ChannelSettings } from './channel-settings.ts';
import { Connection, toFailure } from './connection.ts';
import { HeldChannel } from './held-channel.ts';
import { receptionOf } from './in/reception-of.ts';

const LOOK_FOR_HOLD_MS = 2_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** What the owner must mend is tried again all the same: perhaps they mended it on the other side. */
const PAUSE_AFTER_REFUSAL_MS = 300_000;

type Shown = Pick<ChannelState, 'state' | 'error' | 'since'>;

/** Serves one account of a channel: holds it, connects, connects again where that is lost, takes in and sends. */
export class ChannelHost {
  readonly #deps: ChannelDeps;
  readonly #stopping = new AbortController();
  readonly #revoked = new AbortController();
  #connection: Connection | undefined;
  readonly #called: Called;
  #over: Promise<void> = Promise.resolve();
  #shown: Shown;
  /** The last news that was told of the connection: told once, however often it is tried. */
  #told: ChannelState['state'] = 'connecting';

  constructor(deps: ChannelDeps) {
    this.#deps = deps;
    this.#called = new Called({
      ...deps,
      reception: (adapter) =>
        receptionOf(deps, adapter, {
          over: this.#stopping.signal, revoked: this.#revoked.signal, begun: (turnId, address) => this.#connection?.begun(turnId, address), nudge: () => this.nudge(),
        }),
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
    this.#connection?.nudge();
  }

  hear(signal: Signal): void {
    this.#connection?.hear(signal);
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
        const held = await HeldChannel.take(this.#deps);
        if (held) await this.#serveUnder(held);
        else {
          await this.#lookElsewhere();
          await this.#pause(LOOK_FOR_HOLD_MS);
        }
      } catch (thrown) {
        if (!(thrown instanceof StaleHold)) log('error', `the channel ${settings.name} could not be served; trying again`, { channel: settings.name, cause: describe(thrown) });
        await this.#pause(LOOK_FOR_HOLD_MS);
      }
    }
  }

  /** How it stands with what another node serves, that node has written down. */
  async #lookElsewhere(): Promise<void> {
    const { store, settings } = this.#deps;
    this.#shown = (await store.channelStates()).find(({ channel }) => channel === settings.name) ?? this.#shown;
  }

  async #serveUnder(held: HeldChannel): Promise<void> {
    const { now } = this.#deps;
    try {
      for (let failures = 0; !this.#stopped && !held.lost.aborted; failures++) {
        const before = now();
        const failure = await this.#connect(held);
        if (!failure || this.#stopped || held.lost.aborted) break;
        if (now() - before > LONGEST_PAUSE_MS) failures = 0;
        await this.#noteFailure(held.hold, failure);
        await this.#pause(pauseAfter(failure, failures), held.lost);
      }
    } finally {
      await held.release();
    }
  }

  /** One connection, from its beginning to its end; undefined where this node ended it. */
  async #connect(held: HeldChannel): Promise<ChannelFailure | undefined> {
    const { driver, world, settings } = this.#deps;
    const { hold } = held;
    let adapter: ChannelAdapter;
    try {
      adapter = (await driver()).open(settings.section, world);
    } catch (thrown) {
      return toFailure(thrown);
    }
    await this.#recoverSends(hold, adapter);
    await this.#note(hold, { state: 'connecting', error: undefined });
    const connection = new Connection(this.#deps, {
      adapter, held, revoked: this.#revoked.signal, noteContact: () => this.#note(hold, { state: 'connected', error: undefined }, 'channel.connected'),
    });
    this.#connection = connection;
    try {
      return await connection.run([this.#stopping.signal, held.lost]);
    } finally {
      this.#connection = undefined;
    }
  }

  /** What an earlier holder left on its way. */
  async #recoverSends(hold: ChannelHold, { capabilities }: ChannelAdapter): Promise<void> {
    const { store, settings: { name, delivery }, log, now } = this.#deps;
    const doubts = await store.recoverSends(hold, capabilities.knowsRepeats ? 'idempotent' : delivery, now());
    if (doubts > 0) log('warn', `of ${doubts} messages on ${name} nobody knows whether they arrived: openclaw channels sends --ambiguous`, { channel: name });
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

const describe = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
