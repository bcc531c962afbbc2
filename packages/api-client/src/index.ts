export { type CallOptions, type ClientErrorCode, type ConnectionOptions, type Fetch, OpenClawError, type OpenClawErrorCode, type Page, type Paged } from '../../client-kit/src/index.ts';
export { type MessageDone, type MessageEvent, MessageStream } from './message-stream.ts';
export type { MessageReply, Messages, SendMessage } from './messages.ts';
export { type Health, OpenClaw, type OpenClawOptions } from './openclaw.ts';
export type { HistoryFilter, Session, SessionMessage, Sessions, SessionsFilter } from './sessions.ts';
export type { Stats, StatsOfUse, StatsRange, StatsTotals, UserStats, WorkspaceStats } from './stats.ts';
export type { AllowlistChanges, NewWorkspace, Workspace, WorkspaceChanges, Workspaces } from './workspaces.ts';
