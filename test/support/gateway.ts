/**
 * A gateway in this process, on a state directory of its own, with a model that answers what the test says.
 *
 *   await using gateway = await startGateway({ script: () => ({ text: 'Hello' }) });
 *   const reply = await gateway.client.call(sendMessage, { text: 'Hi' });
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, connect } from '@openclaw/client';
import { openLiveConfig } from '../../packages/gateway/src/app/config/live-config.ts';
import { startGateway as start } from '../../packages/gateway/src/app/start-gateway.ts';
import type { StartOptions } from '../../packages/gateway/src/app/start-options.ts';
import { gatewayToken } from '../../packages/gateway/src/app/state/gateway-token.ts';
import { makeStateFolder, stateFolder } from '../../packages/gateway/src/app/state/state-folder.ts';
import type { TurnQueue } from '../../packages/gateway/src/engine/ports/queue.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import type { Tool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { type ModelScript, type ModelServer, startModelServer } from './model-server.ts';

export interface TestGatewayOptions {
  readonly script?: ModelScript;
  /** Goes into the configuration file beside the model's endpoint. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly Tool[];
  readonly channels?: NonNullable<StartOptions['extras']>['channels'];
  readonly store?: (store: Store) => Store;
  readonly queue?: (queue: TurnQueue) => TurnQueue;
  readonly wire?: Pick<NonNullable<StartOptions['extras']>, 'authenticator' | 'doorkeeper' | 'socketLimits'>;
  /** Of the port; any free one otherwise. */
  readonly port?: number;
  /** An existing state directory, kept afterwards. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the pauses between the tries of a delivery are multiplied by. */
  readonly deliveryPace?: number;
}

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly client: Client;
  readonly model: ModelServer;
  readonly folder: string;
  /** What stands in its configuration file. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly logged: readonly LogLine[];
  /** A request with the gateway's token and JSON, unless `init` says otherwise. */
  request(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  stop(): Promise<void>;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const startGateway = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  const model = await startModelServer(options.script ? { script: options.script } : {});
  const root = options.folder ?? (await mkdtemp(join(tmpdir(), 'openclaw-test-')));
  const env = { OPENCLAW_STATE_DIR: root, ...options.env };
  const folder = stateFolder(env);
  await makeStateFolder(folder);
  const config = {
    gateway: { port: 18789 },
    api: { port: null },
    model: 'test/model',
    models: { providers: { test: { api: 'openai', baseUrl: model.url, models: [{ id: 'model', contextTokens: 32_000 }] } } },
    logging: { level: 'silent' },
    ...options.config,
  };
  await writeFile(join(root, 'openclaw.json'), JSON.stringify(config));
  const logged: LogLine[] = [];
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const live = await openLiveConfig({ env, flags: { port: options.port ?? 0, apiPort: null }, log: quiet });
  const token = await gatewayToken({ env, folder });
  const running = await start({
    env,
    config: live,
    folder,
    token,
    log: (level, message, fields = {}) => void logged.push({ level, message, fields }),
    logsDropped: () => 0,
    extras: { ...(options.channels && { channels: options.channels }), ...(options.tools && { tools: options.tools }), ...(options.store && { store: options.store }), ...(options.queue && { queue: options.queue }), ...options.wire, ...(options.deliveryPace !== undefined && { deliveryPace: options.deliveryPace }) },
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= running.stop());
  return {
    url: running.url,
    token: token.token,
    client: connect({ baseUrl: running.url, token: token.token }),
    model,
    folder: root,
    config,
    logged,
    request: (path, { json, ...init } = {}) =>
      fetch(running.url + path, {
        ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
        ...init,
        headers: { authorization: `Bearer ${token.token}`, ...(json !== undefined && { 'content-type': 'application/json' }), ...init.headers },
      }),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await model.close();
      if (options.folder === undefined) await rm(root, { recursive: true, force: true });
    },
  };
};
