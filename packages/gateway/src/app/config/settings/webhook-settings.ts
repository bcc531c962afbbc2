import { GatewayError } from '@openclaw/contract/errors';
import { configuredWebhooks, type OutgoingWebhook } from '../../../engine/webhooks/configured.ts';
import { ConfigError } from '../config-error.ts';
import type { Config } from '../schema.ts';

export interface WebhookSettings {
  /** Who is told of what happens. */
  readonly outgoing: readonly OutgoingWebhook[];
  /** What is not public and may be sent to all the same, by webhooks that were made by API. */
  readonly allowedPrivate: readonly string[];
}

type Section = NonNullable<NonNullable<Config['webhooks']>['outgoing']>[number];

/** Two documents, one list: `outgoing` of the one and `outbound` of the other mean the same. */
export const webhooksFrom = ({ webhooks = {} }: Config, file: string): WebhookSettings => {
  const { outgoing = [], outbound = [], allowedPrivate = [] } = webhooks;
  const placed = [...outgoing.map((one, at) => [`webhooks.outgoing[${at}]`, one] as const), ...outbound.map((one, at) => [`webhooks.outbound[${at}]`, one] as const)];
  // One that is switched off is as good as not there.
  return { outgoing: placed.filter(([, one]) => one.enabled !== false).map(([path, one]) => fromSection(one, path, file)), allowedPrivate };
};

const fromSection = (section: Section, path: string, file: string): OutgoingWebhook => {
  const { event, events = [], url, name, secret = [], headers = {}, filter, transform, retries, timeoutMs, concurrency, ordering = 'none', signature = 'prefixed' } = section;
  const asked = [...(event === undefined ? [] : [event]), ...events];
  if (asked.length === 0) throw new ConfigError({ file, path: `${path}.events` }, 'name at least one event');
  const webhook: OutgoingWebhook = {
    events: asked, url, name, secrets: typeof secret === 'string' ? [secret] : secret, headers, filter, transform, retries, timeoutMs, concurrency, order: ordering, signature,
  };
  try {
    configuredWebhooks([webhook], 0);
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw new ConfigError({ file, path: `${path}.${thrown.details['path'] === 'headers' ? 'headers' : 'events'}` }, thrown.message.replace(/^\w+: /, ''));
    throw thrown;
  }
  return webhook;
};
