import type { Authenticator } from '../engine/access/index.ts';
import type { ChannelDriver } from '../engine/ports/channel.ts';
import type { Ingress } from '../engine/ingress/index.ts';
import type { ConfigFile } from '../engine/ports/config-file.ts';
import type { TurnQueue } from '../engine/ports/queue.ts';
import type { Store } from '../engine/ports/store.ts';
import type { Tool } from '../engine/ports/tool.ts';
import type { Log } from '../kernel/log.ts';
import type { SocketLimits } from '../surfaces/kit/socket/limits.ts';
import type { Doorkeeper } from '../surfaces/kit/wire/doorkeeper.ts';
import type { RunningFlags } from './announcement.ts';
import type { LiveConfig } from './config/live-config.ts';
import type { GatewayToken } from './state/gateway-token.ts';
import type { Environment, StateFolder } from './state/state-folder.ts';

export interface StartOptions {
  readonly env: Environment;
  readonly config: LiveConfig;
  readonly folder: StateFolder;
  readonly token: GatewayToken;
  readonly log: Log;
  readonly logsDropped: () => number;
  readonly flags?: RunningFlags;
  /** For who embeds the gateway: tools beside the built-in ones, a hand between the engine and its store or its queue, other bounds. */
  readonly extras?: {
    readonly tools?: readonly Tool[];
    readonly channels?: Readonly<Record<string, () => Promise<ChannelDriver>>>;
    readonly store?: (store: Store) => Store;
    readonly queue?: (queue: TurnQueue) => TurnQueue;
    readonly configFile?: (file: ConfigFile) => ConfigFile;
    readonly authenticator?: (authenticator: Authenticator) => Authenticator;
    readonly doorkeeper?: (doorkeeper: Doorkeeper) => Pick<Doorkeeper, 'admit' | 'foreign'>;
    readonly ingress?: (ingress: Ingress) => Pick<Ingress, 'find' | 'meet' | 'receive'>;
    readonly socketLimits?: Partial<SocketLimits>;
    /** What the pauses between the tries of a delivery are multiplied by. */
    readonly deliveryPace?: number;
  };
}
