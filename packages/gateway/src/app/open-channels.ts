import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { customChannel } from '../drivers/custom-channels/thread/index.ts';
import { openHttpClient } from '../drivers/http/undici/index.ts';
import { Channels, type ChannelSettings } from '../engine/channels/index.ts';
import type { Gateway } from '../engine/gateway.ts';
import { type ChannelDriver, ChannelFailure } from '../engine/ports/channel.ts';
import type { WorkspaceBook } from '../engine/workspaces/index.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { type Agents, MAIN } from './agents.ts';
import type { LiveConfig } from './config/live-config.ts';
import type { ConfiguredChannel } from './config/settings/channel-settings.ts';
import type { OpenedStore } from './opened-store.ts';
import { channels as drivers } from './plugins.gen.ts';

export interface ChannelSources {
  readonly config: Pick<LiveConfig, 'current' | 'onChange'>;
  /** Where channels lie that the owner wrote. */
  readonly folder: string;
  /** Channels beside the ready ones, by name. */
  readonly extra: Readonly<Record<string, () => Promise<ChannelDriver>>>;
}

interface Engine {
  readonly gateway: Gateway;
  readonly opened: OpenedStore;
  readonly workspaces: Pick<WorkspaceBook, 'get'>;
  readonly agents: Pick<Agents, 'settings'>;
  readonly log: Log;
  readonly now: () => number;
}

export interface OpenChannels {
  readonly channels: Channels;
  start(): void;
  stop(): Promise<void>;
}

/** The channels of the configuration, kept up with it. A driver is loaded when the first channel of its kind is. */
export const openChannels = ({ config, folder, extra }: ChannelSources, { gateway, opened, workspaces, agents, log, now }: Engine): OpenChannels => {
  const http = openHttpClient();
  const ready: Readonly<Record<string, () => Promise<ChannelDriver>>> = { ...drivers, ...extra };
  const channels = new Channels({
    gateway, log, now,
    store: opened.store, bus: opened.bus,
    world: { http, log },
    // A queue that hands turns over as they are accepted has one node.
    owner: opened.queue.owner ?? newId('node', now()),
    alone: opened.queue.owner !== undefined,
    folder: (workspace) => agents.settings({ agent: MAIN, workspace }).workspaceFolder,
    allowlist: (workspace) => workspaces.get(workspace)?.allowlist ?? [],
    driver: ({ driver }) => ready[driver] ?? (() => ownChannel(folder, driver)),
  });
  const wanted = (): readonly ChannelSettings[] => config.current().channels.map((one) => withDefaults(one, Object.hasOwn(ready, one.driver)));
  let unwatch: (() => void) | undefined;
  return {
    channels,
    start: () => {
      void channels.configure(wanted());
      channels.start();
      unwatch = config.onChange(({ settings, previous }) => {
        if (!isDeepStrictEqual(settings.channels, previous.channels)) void channels.configure(wanted());
      });
    },
    stop: async () => {
      unwatch?.();
      await channels.stop();
      await http.close();
    },
  };
};

const ENTRIES = ['index.ts', 'index.mts', 'index.js', 'index.mjs'];

/** From the state directory and nowhere else, and only where the configuration names it: it is a program, and it runs. */
const ownChannel = async (folder: string, name: string): Promise<ChannelDriver> => {
  for (const entry of ENTRIES) {
    const file = join(folder, name, entry);
    if (await access(file).then(() => true, () => false)) return customChannel({ name, file });
  }
  throw new ChannelFailure('permanent', `there is no channel called ${name}: ready are ${Object.keys(drivers).join(', ')}; one of your own would be ${join(folder, name, 'index.ts')}`);
};

/** Somebody unknown is asked to pair; what the owner has written themselves says itself who gets in. */
const withDefaults = (channel: ConfiguredChannel, isReady: boolean): ChannelSettings => ({ ...channel, dmPolicy: channel.dmPolicy ?? (isReady ? 'pairing' : 'open') });
