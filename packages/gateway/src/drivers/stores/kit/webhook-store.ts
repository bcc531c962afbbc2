import type { Database } from '../../../engine/ports/sql.ts';
import type { WebhookStore } from '../../../engine/ports/webhook-store.ts';
import type { deliveryTransactions } from './delivery-transactions.ts';
import type { webhookTransactions } from './webhook-transactions.ts';

/** The store's part about who is told of what happens. */
export const webhookStore = (database: Database<typeof webhookTransactions & typeof deliveryTransactions>): WebhookStore => ({
  webhooks: (ids) => database.read('webhooks', ids),
  addWebhook: (webhook, { most, once }) => database.write('addWebhook', { webhook, most, once }),
  changeWebhook: (id, change) => database.write('changeWebhook', { id, change }),
  removeWebhook: (id) => database.write('removeWebhook', id),
  settleWebhooks: (configured, now) => database.write('settleWebhooks', { configured, now }),
  retireWebhooks: () => database.write('retireWebhooks', undefined),
  dueWebhooks: (now) => database.read('dueWebhooks', now),
  claimDeliveries: (claim) => database.write('claimDeliveries', claim),
  renewDeliveries: (claims, until) => database.write('renewDeliveries', { claims: claims.map(({ seq, claim }) => ({ seq, claim })), until }),
  reclaimDeliveries: (owner) => database.write('reclaimDeliveries', owner),
  recordTries: (tries, now) => database.write('recordTries', { tries, now }),
  listDeliveries: (filter) => database.read('listDeliveries', filter),
  findDelivery: (id) => database.read('findDelivery', id),
  deliveryTries: async (seqs) => new Map(await database.read('deliveryTries', seqs)),
  replayDelivery: (id, now) => database.write('replayDelivery', { id, now }),
  replaySince: (replay) => database.write('replaySince', replay),
});
