import { GatewayError } from '@openclaw/contract/errors';
import type { Caller } from '../access/index.ts';
import { type NewWebhook, type WebhookDefinition, webhookOf } from '../ports/webhook-store.ts';
import { checkUrl } from './check-url.ts';
import { makeSecret } from './make-secret.ts';
import { hasFullScope } from './reach.ts';
import type { WebhookDeps } from './webhook-handlers.ts';

interface Wanted {
  readonly job: { readonly id: string; readonly workspace: string };
  readonly to: string;
  readonly secret: string | undefined;
  readonly caller: Caller;
}

/** The webhooks that belong to jobs of the schedule: whoever may register one may have a job bring its own. */
export interface JobWebhooks {
  /** Throws where this caller may have nothing sent there. The store makes it with the job. */
  readonly make: (wanted: Wanted) => Promise<NewWebhook>;
  /** Some were made, changed or removed. */
  readonly changed: () => Promise<void>;
  /** The secret in force. */
  readonly secretOf: (jobId: string) => string | undefined;
}

export const jobWebhooks = ({ book, http, reach, now }: Omit<WebhookDeps, 'store'>): JobWebhooks => ({
  make: async ({ job, to, secret, caller }) => {
    if (!caller.permissions.has('webhooks:write')) {
      throw new GatewayError('forbidden', 'A job that delivers to a webhook registers one, and this credential lacks the permission webhooks:write', { permission: 'webhooks:write' });
    }
    const definition: WebhookDefinition = { url: to, headers: {}, signature: 'bare', local: hasFullScope(caller) };
    await checkUrl({ http, reach }, definition, 'delivery.to');
    return {
      id: webhookOf(job.id), name: undefined, source: 'cron', workspace: job.workspace, events: ['cron.finished'], topics: [], order: 'none', definition,
      secrets: [{ secret: secret ?? makeSecret() }], enabled: true, createdBy: caller.id, createdAt: now(),
    };
  },
  changed: () => book.changed(),
  secretOf: (jobId) => book.find(webhookOf(jobId))?.secrets[0]?.secret,
});
