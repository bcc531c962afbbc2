import { expect } from 'vitest';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { type ChannelAdapter, type ChannelContext, type ChannelDriver, ChannelFailure, type InboundMessage } from '../../packages/gateway/src/engine/ports/channel.ts';
import type { HttpClient } from '../../packages/gateway/src/engine/ports/http-client.ts';

export interface OpenAdapter extends AsyncDisposable {
  readonly adapter: ChannelAdapter;
  readonly context: ChannelContext;
  readonly received: readonly InboundMessage[];
}

/** A driver as the gateway connects it, and nothing else of the gateway. */
export const openAdapter = async (driver: ChannelDriver, section: Readonly<Record<string, unknown>>, client?: HttpClient): Promise<OpenAdapter> => {
  const own = openHttpClient();
  const received: InboundMessage[] = [];
  const adapter = driver.open(section, { http: client ?? own, log: () => {} });
  const context: ChannelContext = { received: async (message) => void received.push(message), invited: () => false, connected: () => {}, disconnected: () => {} };
  await adapter.connect(context);
  return {
    adapter, context, received,
    [Symbol.asyncDispose]: async () => {
      await adapter.disconnect();
      await own.close();
    },
  };
};

export const failureOf = async (doing: Promise<unknown> | undefined): Promise<ChannelFailure> => {
  const thrown = await doing?.then(() => expect.fail('it did not fail'), (reason: unknown) => reason);
  return thrown instanceof ChannelFailure ? thrown : expect.fail(`no failure of a channel: ${String(thrown)}`);
};
