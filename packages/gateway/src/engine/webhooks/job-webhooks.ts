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

/** The webhooks that belong to jobs of the schedule, which asks whether their makers may register any. */
export interface JobWebhooks {
  /** Throws where nothing may be sent there on behalf of this caller. The store makes it with the job. */
  readonly make: (wanted: Wanted) => Promise<NewWebhook>;
  /** That of a job was made, changed or removed; where none is named, any may have been. */
  readonly changed: (jobId?: string) => Promise<void>;
  /** The secret in force. */
  readonly secretOf: (jobId: string) => string | undefined;
}

export const jobWebhooks = ({ book, http, reach, now }: Omit<WebhookDeps, 'store'>): JobWebhooks => ({
  make: async ({ job, to, secret, caller }) => {
    const definition: WebhookDefinition = { url: to, headers: {}, signature: 'bare', local: hasFullScope(caller) };
    await checkUrl({ http, reach }, definition, 'delivery.to');
    return {
      id: webhookOf(job.id), name: undefined, source: 'cron', workspace: job.workspace, events: ['cron.finished'], topics: [], order: 'none', definition,
      secrets: [{ secret: secret ?? makeSecret() }], enabled: true, createdBy: caller.id, createdAt: now(),
    };
  },
  changed: (jobId) => book.changed(jobId === undefined ? undefined : [webhookOf(jobId)]),
  secretOf: (jobId) => book.find(webhookOf(jobId))?.secrets[0]?.secret,
});
