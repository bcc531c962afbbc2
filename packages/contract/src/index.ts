import { listEvents } from './events.ts';
import { sendMessage } from './messages.ts';
import type { Operation } from './operation.ts';
import { createSession, deleteSession, getSession, listSessions, sessionHistory } from './sessions.ts';
import { getStatus } from './status.ts';
import { cancelTurn, getTurn, watchTurn } from './turns.ts';

export * from './errors.ts';
export * from './events.ts';
export * from './messages.ts';
export * from './operation.ts';
export * from './permissions.ts';
export * from './sessions.ts';
export * from './status.ts';
export * from './turns.ts';

/** Everything that can be asked. The native dialect, the door's policy check and the documentation are made from this list. */
export const OPERATIONS: readonly Operation[] = [
  sendMessage,
  getTurn,
  watchTurn,
  cancelTurn,
  createSession,
  listSessions,
  getSession,
  sessionHistory,
  deleteSession,
  listEvents,
  getStatus,
];
