import type { ChannelAdapter, ChannelAnswer, ChannelDriver, ChannelRequest, ChannelWorld } from '../ports/channel.ts';
import type { ChannelSettings } from './channel-settings.ts';
import type { Reception } from './in/reception.ts';

/** Takes a request of a channel's service. */
export type Callee = (request: ChannelRequest) => Promise<ChannelAnswer>;

interface Deps {
  readonly settings: ChannelSettings;
  readonly driver: () => Promise<ChannelDriver>;
  readonly world: ChannelWorld;
  readonly reception: (adapter: ChannelAdapter) => Reception;
}

/** A channel as its service comes to it: on every node, also while another is connected, for what comes is stored by whichever it came to. */
export class Called {
  readonly #deps: Deps;
  /** For requests alone: it is never connected. */
  #adapter: ChannelAdapter | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async callee(): Promise<Callee | undefined> {
    const adapter = await this.adapter();
    const answer = adapter?.answer?.bind(adapter);
    return adapter && answer && ((request) => answer(request, { received: (message) => this.#deps.reception(adapter).receive(message) }));
  }

  /** Undefined where it cannot be made of its settings. */
  async adapter(): Promise<ChannelAdapter | undefined> {
    const { driver, settings, world } = this.#deps;
    try {
      this.#adapter ??= (await driver()).open(settings.section, world);
      return this.#adapter;
    } catch {
      // Told to the owner by whoever tries to connect.
      return undefined;
    }
  }

  async stop(): Promise<void> {
    await this.#adapter?.disconnect();
  }
}
