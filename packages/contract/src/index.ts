import { listAudit, verifyAudit } from './audit.ts';
import { getConfig, patchConfig } from './config.ts';
import { createCredential, listCredentials, revokeCredential, rotateCredential } from './credentials.ts';
import { listEvents, watchActivity } from './events.ts';
import { sendMessage } from './messages.ts';
import { listModels, testModel } from './models.ts';
import type { Operation } from './operation.ts';
import { clearSessions, createSession, deleteSession, getSession, listSessions, sessionHistory, sessionStatus } from './sessions.ts';
import { usageToday } from './stats.ts';
import { getStatus } from './status.ts';
import { cancelTurn, getTurn, runTask, watchTurn } from './turns.ts';
import { changeAllowlist, createWorkspace, deleteWorkspace, getWorkspace, listWorkspaces, updateWorkspace } from './workspaces.ts';

export * from './audit.ts';
export * from './budget.ts';
export * from './config.ts';
export * from './credentials.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './messages.ts';
export * from './models.ts';
export * from './operation.ts';
export * from './permissions.ts';
export * from './sessions.ts';
export * from './stats.ts';
export * from './status.ts';
export * from './turn-events.ts';
export * from './turns.ts';
export * from './workspaces.ts';

/** Everything that can be asked. The native dialect, the door's policy check and the documentation are made from this list. */
export const OPERATIONS: readonly Operation[] = [
  sendMessage,
  getTurn,
  watchTurn,
  cancelTurn,
  runTask,
  createSession,
  listSessions,
  getSession,
  sessionStatus,
  sessionHistory,
  deleteSession,
  clearSessions,
  watchActivity,
  listEvents,
  listModels,
  testModel,
  usageToday,
  getStatus,
  listWorkspaces,
  getWorkspace,
  createWorkspace,
  updateWorkspace,
  changeAllowlist,
  deleteWorkspace,
  createCredential,
  listCredentials,
  revokeCredential,
  rotateCredential,
  getConfig,
  patchConfig,
  listAudit,
  verifyAudit,
];
