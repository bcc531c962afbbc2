import { listAudit, verifyAudit } from './audit.ts';
import { approvePairing, channelStatus, denyPairing, listChannels, listPairings, listSends, sendToChannel, testChannel } from './channels.ts';
import { getConfig, patchConfig } from './config.ts';
import { addCronJob, getCronJob, listCronJobs, listCronRuns, previewCron, removeCronJob, runCronJob, updateCronJob } from './cron.ts';
import { createCredential, listCredentials, revokeCredential, rotateCredential } from './credentials.ts';
import { listEvents, watchActivity } from './events.ts';
import { heartbeatStatus, triggerHeartbeat } from './heartbeat.ts';
import { sendMessage } from './messages.ts';
import { listModels, testModel } from './models.ts';
import type { Operation } from './operation.ts';
import { clearSessions, createSession, deleteSession, getSession, listSessions, sessionHistory, sessionStatus } from './sessions.ts';
import { disableSkill, enableSkill, getSkill, installSkill, listSkills, removeSkill } from './skills.ts';
import { getStats, modelStats, usageToday, userStats, workspaceStats } from './stats.ts';
import { getStatus } from './status.ts';
import { cancelTask, createTask, deleteTask, getTask, listTasks, runTask, taskResult, watchTask } from './tasks.ts';
import { cancelTurn, getTurn, watchTurn } from './turns.ts';
import { wakeAgent } from './wake.ts';
import { createWebhook, deleteWebhook, getWebhook, listDeliveries, listWebhooks, redeliver, replayWebhook, rotateWebhook, testWebhook, updateWebhook } from './webhooks.ts';
import { changeAllowlist, createWorkspace, deleteWorkspace, getWorkspace, listWorkspaces, updateWorkspace } from './workspaces.ts';

export * from './audit.ts';
export * from './budget.ts';
export * from './channels.ts';
export * from './config.ts';
export * from './credentials.ts';
export * from './cron.ts';
export * from './cron-delivery.ts';
export * from './errors.ts';
export * from './event-types.ts';
export * from './events.ts';
export * from './heartbeat.ts';
export * from './messages.ts';
export * from './models.ts';
export * from './operation.ts';
export * from './permissions.ts';
export * from './sessions.ts';
export * from './skills.ts';
export * from './stats.ts';
export * from './status.ts';
export * from './tasks.ts';
export * from './turn-events.ts';
export * from './turns.ts';
export * from './wake.ts';
export * from './webhooks.ts';
export * from './workspaces.ts';

/** Everything that can be asked. The native dialect, the door's policy check and the documentation are made from this list. */
export const OPERATIONS: readonly Operation[] = [
  sendMessage,
  getTurn,
  watchTurn,
  cancelTurn,
  wakeAgent,
  createTask,
  runTask,
  getTask,
  taskResult,
  listTasks,
  cancelTask,
  deleteTask,
  watchTask,
  createSession,
  listSessions,
  getSession,
  sessionStatus,
  sessionHistory,
  deleteSession,
  clearSessions,
  addCronJob,
  listCronJobs,
  getCronJob,
  updateCronJob,
  removeCronJob,
  runCronJob,
  listCronRuns,
  previewCron,
  triggerHeartbeat,
  heartbeatStatus,
  watchActivity,
  listEvents,
  listModels,
  testModel,
  listSkills,
  getSkill,
  installSkill,
  enableSkill,
  disableSkill,
  removeSkill,
  usageToday,
  getStats,
  workspaceStats,
  userStats,
  modelStats,
  getStatus,
  listWorkspaces,
  getWorkspace,
  createWorkspace,
  updateWorkspace,
  changeAllowlist,
  deleteWorkspace,
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  rotateWebhook,
  testWebhook,
  listDeliveries,
  redeliver,
  replayWebhook,
  createCredential,
  listCredentials,
  revokeCredential,
  rotateCredential,
  listChannels,
  channelStatus,
  sendToChannel,
  testChannel,
  listSends,
  listPairings,
  approvePairing,
  denyPairing,
  getConfig,
  patchConfig,
  listAudit,
  verifyAudit,
];
