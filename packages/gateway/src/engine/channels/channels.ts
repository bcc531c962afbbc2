import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../../kernel/log.ts';
import type { EventBus, Signal } from '../ports/event-bus.ts';
import { Attachments } from './in/attachments.ts';
import type { Callee } from './called.ts';
import type { ChannelDeps } from './channel-deps.ts';
import { ChannelHost } from './channel-host.ts';
import type { ChannelSettings } from './channel-settings.ts';

/** What waits for channels that nobody serves is looked for this often. */
const UNSERVED_EVERY_MS = 30_000;
/** And this soon after something was made to be sent. */
const UNSERVED_AFTER_MS = 1_000;
/** Turns that end together are one reason to look into the outbox. */
const NUDGE_AFTER_MS = 20;

export interface ChannelsDeps extends Omit<ChannelDeps, 'settings' | 'driver' | 'allowlist' | 'attachments'> {
  readonly bus: EventBus;
  readonly driver: (settings: ChannelSettings) => ChannelDeps['driver'];
  readonly allowlist: (workspace: string) => readonly string[];
  /** Of the agent that channels of a workspace speak with: where it finds what came with messages. */
  readonly folder: (workspace: string) => string;
  readonly log: Log;
}

/** Every channel of the configuration, each with its host. */
export class Channels {
  readonly #deps: ChannelsDeps;
  readonly #hosts = new Map<string, ChannelHost>();
  readonly #attachments: Attachments;
  readonly #unsubscribe: () => void;
  #changing: Promise<void> = Promise.resolve();
  #sweeper: NodeJS.Timeout | undefined;
  #nudging: NodeJS.Timeout | undefined;
  #lookingSoon: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: ChannelsDeps) {
    this.#deps = deps;
    this.#attachments = new Attachments(deps);
    this.#unsubscribe = deps.bus.subscribe((signal) => this.#hear(signal));
  }

  /** Serves these from now on: new ones begin, those that are gone or changed end. */
  configure(wanted: readonly ChannelSettings[]): Promise<void> {
    this.#changing = this.#changing.then(() => this.#change(wanted));
    return this.#changing;
  }

  start(): void {
    this.#sweeper = setInterval(() => void this.#failUnserved(), UNSERVED_EVERY_MS);
    void this.#failUnserved();
  }

  /** By name, with `connected` or why not. */
  states(): Record<string, string> {
    return Object.fromEntries([...this.#hosts.values()].map(({ settings: { name }, shown: { state } }) => [name, state]));
  }

  get(name: string): Pick<ChannelHost, 'settings' | 'shown' | 'capabilities'> | undefined {
    return this.#hosts.get(name);
  }

  /** What takes the requests of the service of a channel. Undefined where there is none, or its service never comes. */
  callee(name: string): Promise<Callee | undefined> {
    return this.#hosts.get(name)?.callee() ?? Promise.resolve(undefined);
  }

  all(): readonly Pick<ChannelHost, 'settings' | 'shown'>[] {
    return [...this.#hosts.values()];
  }

  /** There may be something to send. */
  nudge(): void {
    this.#nudging ??= setTimeout(() => {
      this.#nudging = undefined;
      for (const host of this.#hosts.values()) host.nudge();
    }, NUDGE_AFTER_MS);
    this.#lookingSoon ??= setTimeout(() => {
      this.#lookingSoon = undefined;
      void this.#failUnserved();
    }, UNSERVED_AFTER_MS);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#sweeper);
    clearTimeout(this.#nudging);
    clearTimeout(this.#lookingSoon);
    this.#unsubscribe();
    await this.#changing;
    await Promise.all([...this.#hosts.values()].map((host) => host.stop()));
  }

  #hear(signal: Signal): void {
    if (this.#hosts.size === 0 || signal.kind !== 'turn') return;
    for (const host of this.#hosts.values()) host.hear(signal);
    const { type } = signal.event;
    if (type === 'done' || type === 'failed' || type === 'ended') this.nudge();
  }

  async #change(wanted: readonly ChannelSettings[]): Promise<void> {
    const { driver, allowlist, ...rest } = this.#deps;
    const ended = [...this.#hosts.values()].filter(({ settings }) => !wanted.some((one) => isDeepStrictEqual(one, settings)));
    await Promise.all(ended.map((host) => host.stop()));
    for (const { settings } of ended) this.#hosts.delete(settings.name);
    if (this.#stopped) return;
    for (const settings of wanted) {
      if (this.#hosts.has(settings.name)) continue;
      const host = new ChannelHost({ ...rest, attachments: this.#attachments, settings, driver: driver(settings), allowlist: () => allowlist(settings.workspace) });
      this.#hosts.set(settings.name, host);
      host.start();
    }
    if (ended.length > 0) void this.#failUnserved();
  }

  /** What is for a channel that is not there any more, and that no other node serves, is over: nobody would ever send it. */
  async #failUnserved(): Promise<void> {
    const { store, log, now } = this.#deps;
    try {
      const unserved = (await store.channelsAwaited()).filter((channel) => !this.#hosts.has(channel));
      if (unserved.length === 0) return;
      const at = now();
      const held = new Set((await store.channelStates()).filter(({ heldUntil }) => heldUntil > at).map(({ channel }) => channel));
      for (const channel of unserved) {
        if (held.has(channel) && !this.#deps.alone) continue;
        const failed = await store.failSends(channel, `there is no channel ${channel} in the configuration, or it is switched off`, at);
        log('warn', `${failed} messages were for ${channel}, which is no channel of this gateway: they are not sent`, { channel });
      }
    } catch (thrown) {
      log('warn', 'what waits for channels could not be looked at', { cause: String(thrown) });
    }
  }
}
