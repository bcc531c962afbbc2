import type { ChannelStore } from '../../../engine/ports/channel-store.ts';
import type { Database } from '../../../engine/ports/sql.ts';
import { arrivalTransactions } from './arrival-transactions.ts';
import { holdTransactions } from './hold-transactions.ts';
import { sendTransactions } from './send-transactions.ts';

export const channelTransactions = { ...sendTransactions, ...holdTransactions, ...arrivalTransactions };

/** The store's part about channels, over a database that can run its transactions. */
export const channelStore = (database: Database<typeof channelTransactions>): ChannelStore => ({
  addSend: (send) => database.write('addSend', send),
  listSends: (filter) => database.read('listSends', filter),
  findSend: (id) => database.read('findSend', id),
  contentOf: (id, file) => database.read('contentOf', { id, file }),
  openSends: (channel, limit) => database.read('openSends', { channel, limit }),
  countOpenSends: (channel) => database.read('countOpenSends', channel),
  channelsAwaited: () => database.read('channelsAwaited', undefined),
  beginPart: (hold, part) => database.write('beginPart', { hold, part }),
  endPart: (hold, part) => database.write('endPart', { hold, part }),
  failPart: (hold, failure) => database.write('failPart', { hold, failure }),
  recoverSends: (hold, delivery, now) => database.write('recoverSends', { hold, delivery, now }),
  failSends: (channel, error, now) => database.write('failSends', { channel, error, now }),
  beginDraft: (hold, draft) => database.write('beginDraft', { hold, draft }),
  nameDraft: (hold, draft) => database.write('nameDraft', { hold, draft }),
  failDraft: (hold, draft) => database.write('failDraft', { hold, draft }),

  holdChannel: (wish) => database.write('holdChannel', wish),
  renewHold: (hold, until) => database.write('renewHold', { hold, until }),
  releaseHold: (hold, now) => database.write('releaseHold', { hold, now }),
  noteChannelState: (hold, note) => database.write('noteChannelState', { hold, note }),
  channelStates: () => database.read('channelStates', undefined),
  keepPlace: (hold, place) => database.write('keepPlace', { hold, place }),
  placeOf: (channel) => database.read('placeOf', channel),

  weighArrival: (question) => database.read('weighArrival', question),
  refuseArrival: (arrival, reason, now) => database.write('refuseArrival', { arrival, reason, now }),
  refusals: (channel, since) => database.read('refusals', { channel, since }),
  askToPair: (wish) => database.write('askToPair', wish),
  listPairings: (workspaces, now) => database.read('listPairings', { workspaces, now }),
  takePairing: (code, workspaces, now) => database.write('takePairing', { code, workspaces, now }),
});
