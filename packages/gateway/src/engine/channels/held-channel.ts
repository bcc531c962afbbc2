import type { ChannelHold } from '../ports/channel-store.ts';
import type { ChannelDeps } from './channel-deps.ts';

/** A node that says nothing for this long has lost its channels to the others. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

type Deps = Pick<ChannelDeps, 'settings' | 'store' | 'owner' | 'alone' | 'log' | 'now'>;

/** A channel that this node has for itself, for as long as it goes on saying so. */
export class HeldChannel {
  readonly hold: ChannelHold;
  readonly #deps: Deps;
  readonly #lost = new AbortController();
  readonly #renewal: NodeJS.Timeout | undefined;

  private constructor(deps: Deps, hold: ChannelHold) {
    this.#deps = deps;
    this.hold = hold;
    // Alone on its store, nobody else could take it.
    this.#renewal = deps.alone ? undefined : setInterval(() => void this.#renew(), RENEW_MS);
  }

  /** Undefined while another node has it. */
  static async take(deps: Deps): Promise<HeldChannel | undefined> {
    const { store, settings: { name: channel }, owner, alone, now } = deps;
    const at = now();
    const hold = await store.holdChannel({ channel, owner, alone, now: at, until: alone ? Number.MAX_SAFE_INTEGER : at + LEASE_MS });
    return hold && new HeldChannel(deps, hold);
  }

  /** Fires when another node has it. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** The store said so. */
  lose(): void {
    this.#lost.abort();
  }

  /** The next node need not wait until this one is taken for dead. */
  async release(): Promise<void> {
    clearInterval(this.#renewal);
    const { store, now } = this.#deps;
    if (!this.lost.aborted) await store.releaseHold(this.hold, now()).catch(() => {});
  }

  async #renew(): Promise<void> {
    const { store, settings, log, now } = this.#deps;
    try {
      if (await store.renewHold(this.hold, now() + LEASE_MS)) return;
      log('warn', `another gateway serves the channel ${settings.name} by now`, { channel: settings.name });
      this.lose();
    } catch (thrown) {
      // Whoever cannot say that they live is taken for dead by the others; what is written under this hold is refused from then on.
      log('warn', 'the hold of a channel could not be renewed', { channel: settings.name, cause: String(thrown) });
    }
  }
}
