import type { Log } from '../../kernel/log.ts';
import type { Gateway } from '../gateway.ts';
import type { ChannelDriver, ChannelWorld } from '../ports/channel.ts';
import type { Store } from '../ports/store.ts';
import type { ChannelSettings } from './channel-settings.ts';
import type { Attachments } from './in/attachments.ts';

/** What it takes to serve one account of a channel. */
export interface ChannelDeps {
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
