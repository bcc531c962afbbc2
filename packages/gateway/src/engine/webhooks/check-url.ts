import { GatewayError } from '@openclaw/contract/errors';
import { type GuardedHttpClient, TargetRefused } from '../ports/http-client.ts';
import type { WebhookDefinition } from '../ports/webhook-store.ts';
import { type ReachSettings, reachOf } from './reach.ts';

interface Deps {
  readonly http: GuardedHttpClient;
  readonly reach: () => ReachSettings;
}

/** Throws where whoever asks may have nothing sent there. `path` is where the address stands in what they asked for. */
export const checkUrl = async ({ http, reach }: Deps, definition: WebhookDefinition, path: string): Promise<void> => {
  try {
    await http.checkReach(definition.url, reachOf({ source: 'api' }, definition, reach()));
  } catch (thrown) {
    if (!(thrown instanceof TargetRefused)) throw thrown;
    const allow = thrown.message.includes('not public') ? '. To allow it, put it into webhooks.allowedPrivate of the configuration' : '';
    throw new GatewayError('invalid_request', `${path}: ${thrown.message}${allow}`, { path, setting: 'webhooks.allowedPrivate' });
  }
};
