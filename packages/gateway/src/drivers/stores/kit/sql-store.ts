import type { Database, QueueInTransaction } from '../../../engine/ports/sql.ts';
import type { Store } from '../../../engine/ports/store.ts';
import { accessTransactions } from './access-transactions.ts';
import { auditTransactions } from './audit-transactions.ts';
import { inBrief } from './brief-ending.ts';
import { channelStore, channelTransactions } from './channel-store.ts';
import { cronTransactions } from './cron-transactions.ts';
import { cronUpkeep } from './cron-upkeep.ts';
import { deliveryTransactions } from './delivery-transactions.ts';
import { steeringTransactions } from './join-turn.ts';
import { logTransactions } from './log-transactions.ts';
import { onceTransactions } from './once.ts';
import { sessionTransactions } from './session-transactions.ts';
import { taskTransactions } from './task-transactions.ts';
import { hearing, thatTell } from './telling.ts';
import { turnJournal } from './turn-journal.ts';
import { turnTransactions } from './turn-transactions.ts';
import { withUsage } from './usage-store.ts';
import { usageTransactions } from './usage-transactions.ts';
import { wakeTransactions } from './wake-transactions.ts';
import { webhookStore } from './webhook-store.ts';
import { webhookTransactions } from './webhook-transactions.ts';

/** All the store's work, by name, over the queue that shares its transactions. */
export const storeTransactions = (queue: QueueInTransaction) => thatTell({
  ...sessionTransactions,
  ...turnTransactions(queue),
  ...steeringTransactions(queue),
  ...turnJournal,
  ...taskTransactions,
  ...onceTransactions,
  ...logTransactions,
  ...accessTransactions,
  ...usageTransactions,
  ...auditTransactions,
  ...channelTransactions,
  ...cronTransactions,
  ...cronUpkeep,
  ...wakeTransactions,
  ...webhookTransactions,
  ...deliveryTransactions,
});

export type StoreTransactions = ReturnType<typeof storeTransactions>;

/** What brings new work in. A store that runs out of room refuses these first, so that what was accepted can still be finished. */
export const ADMITTING: ReadonlySet<string> = new Set(['acceptTurn', 'createSession', 'ensureSession', 'addCredential', 'addWorkspace', 'addCronJob', 'addWake', 'addSend', 'addWebhook', 'ping']);

/** What a power cut may undo, because the store would only be asked for it again. */
export const RELAXED: readonly string[] = ['startTurn', 'audit', 'recordAnswer', 'touchCredentials', 'foldUsage', 'renewHold', 'claimDeliveries', 'renewDeliveries', 'reclaimDeliveries', 'recordTries', 'keepPlace', 'clearCronSessions', 'trimCronRuns'];

/** Reads of several statements, which must see one moment of the database. */
export const READ_SEVERAL: ReadonlySet<string> = new Set([
  'listSessions', 'history', 'lastMessages', 'transcript', 'taskResult', 'listTasks', 'listCronJobs', 'nextCronDue', 'listCronRuns', 'usageByDay', 'usageByWorkspace', 'usageByUser', 'usageByModel', 'spent', 'listSends', 'listDeliveries', 'weighArrival',
]);

/** Reads that are asked for again and again with nothing written in between: who watches a gateway asks for them every few seconds, or faster. */
export const ASKED_AGAIN: ReadonlySet<string> = new Set(['counts', 'countJobs', 'listSessions']);

/** The store port over a database that can run the store's transactions. */
export const sqlStore = (database: Database<StoreTransactions>, now: () => number = Date.now): Store => {
  let told = (): void => {};
  const onTold = (listener: () => void): void => {
    told = listener;
  };
  return { ...storeOver(hearing(database, () => told()), now), onTold };
};

const storeOver = (database: Database<StoreTransactions>, now: () => number): Omit<Store, 'onTold'> => withUsage(database, {
  ...webhookStore(database),
  createSession: (session, once) => database.write('createSession', { session, once }),
  ensureSession: (session) => database.write('ensureSession', session),
  findSession: (ref) => database.read('findSession', ref),
  listSessions: (filter) => database.read('listSessions', filter),
  deleteSession: (sessionId) => database.write('deleteSession', { sessionId, now: now() }),
  history: (query) => database.read('history', query),
  lastMessages: (sessionIds, limit) => database.read('lastMessages', { sessionIds, limit }),

  acceptTurn: (turn, startNow) => database.write('acceptTurn', { turn, startNow }),
  startTurn: (lease, execution) => database.write('startTurn', { lease, execution, now: now() }),
  findTurn: (turnId) => database.read('findTurn', turnId),
  recordStep: (fence, step) => database.write('recordStep', { fence, step }),
  recordToolResult: (fence, result) => database.write('recordToolResult', { fence, result }),
  takeSteering: (fence, now) => database.write('takeSteering', { fence, now }),
  recordSummary: (fence, summary) => database.write('recordSummary', { fence, summary }),
  endTurn: (fence, end) => database.write('endTurn', { fence, end: inBrief(end) }),
  suspendTurn: (fence) => database.write('suspendTurn', { fence }),
  unfinishedTurns: (sessionId) => database.read('unfinishedTurns', sessionId),
  requestCancel: (turnId, at) => database.write('requestCancel', { turnId, now: at }),
  journal: ({ sessionId, seq }) => database.read('journal', { sessionId, seq }),
  transcript: (sessionId, upToTurn, options) => database.read('transcript', { sessionId, upToTurn, ...options }),

  findTask: (taskId) => database.read('findTask', taskId),
  taskResult: (taskId) => database.read('taskResult', taskId),
  listTasks: (filter) => database.read('listTasks', filter),

  findAnswer: (scope, key, at) => database.read('findAnswer', { scope, key, now: at }),
  recordAnswer: (once, answer) => database.write('recordAnswer', { once, answer }),

  appendEvents: (events, once) => database.write('appendEvents', { events, once }),
  listEvents: (after, limit) => database.read('listEvents', { after, limit }),
  sweep: (at) => database.write('sweep', at),

  credentials: () => database.read('credentials', undefined),
  addCredential: (credential, replaces) => database.write('addCredential', { credential, replaces }),
  revokeCredential: (id, at) => database.write('revokeCredential', { id, now: at }),
  touchCredentials: (used) => database.write('touchCredentials', used),
  workspaces: () => database.read('workspaces', undefined),
  addWorkspace: (workspace, once) => database.write('addWorkspace', { workspace, once }),
  changeWorkspace: (id, change) => database.write('changeWorkspace', { id, change }),
  deleteWorkspace: (id) => database.write('deleteWorkspace', id),

  audit: (entries, { durable = false } = {}) => database.write(durable ? 'auditNow' : 'audit', entries),
  listAudit: (filter) => database.read('listAudit', filter),
  auditRows: (after, limit) => database.read('auditRows', { after, limit }),
  auditEnds: () => database.read('auditEnds', undefined),
  pruneAudit: (olderThan) => database.write('pruneAudit', olderThan),

  ...channelStore(database),
  addCronJob: (job, most, once) => database.write('addCronJob', { job, most, once }),
  findCronJob: (id) => database.read('findCronJob', id),
  listCronJobs: (filter) => database.read('listCronJobs', filter),
  changeCronJob: (id, revision, change) => database.write('changeCronJob', { id, revision, change }),
  deleteCronJob: (id) => database.write('deleteCronJob', id),
  dueCronJobs: (at, most) => database.read('dueCronJobs', { now: at, most }),
  nextCronDue: (at) => database.read('nextCronDue', at),
  settleSlot: (settled) => database.write('settleSlot', settled),
  cronJobsAfter: (id, most) => database.read('cronJobsAfter', { id, most }),
  moveCronJobs: (moves) => database.write('moveCronJobs', moves),
  listCronRuns: (filter) => database.read('listCronRuns', filter),
  clearCronSessions: (ended) => database.write('clearCronSessions', ended),
  trimCronRuns: (trim) => database.write('trimCronRuns', trim),
  addWake: (wake, once) => database.write('addWake', { wake, once }),
  pendingWakes: (place, most) => database.read('pendingWakes', { ...place, most }),
  placesWithWakes: () => database.read('placesWithWakes', undefined),

  counts: () => database.read('counts', undefined),
  ping: () => database.write('ping', undefined),
  close: () => database.close(),
});
