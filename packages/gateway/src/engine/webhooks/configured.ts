import { createHash } from 'node:crypto';
import type { NewWebhook, WebhookDefinition } from '../ports/webhook-store.ts';
import { checkHeaders } from './check-headers.ts';
import { toTopics } from './vocabulary/catalogue.ts';

/** One entry of the configuration: variables are put in. */
export interface OutgoingWebhook extends Omit<WebhookDefinition, 'local'>, Pick<NewWebhook, 'events' | 'name' | 'order'> {
  /** The newest first. */
  readonly secrets: readonly string[];
}

/**
 * Those of the configuration. Each has the id of what it is about: of its URL, its events and its name, so that it stays the same one when
 * its secret, its headers or its place in the list change. Throws where an event or a header is none.
 */
export const configuredWebhooks = (entries: readonly OutgoingWebhook[], now: number): readonly NewWebhook[] => {
  const seen = new Map<string, number>();
  return entries.map(({ events, name, order, secrets, ...definition }) => {
    checkHeaders(definition.headers);
    const about = JSON.stringify([definition.url, events.toSorted(), name ?? null]);
    const nth = seen.get(about) ?? 0;
    seen.set(about, nth + 1);
    return {
      id: `wh_${createHash('sha256').update(`${about}${nth}`).digest('hex').slice(0, 24)}`,
      name, source: 'config', workspace: undefined, events, topics: toTopics(events), order, definition,
      secrets: secrets.map((secret) => ({ secret })), enabled: true, createdBy: 'config', createdAt: now,
    };
  });
};
