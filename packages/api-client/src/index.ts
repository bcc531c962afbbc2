export { type CallOptions, type ClientErrorCode, type ConnectionOptions, type Fetch, OpenClawError, type OpenClawErrorCode, type Page, type Paged } from '../../client-kit/src/index.ts';
export { type MessageDone, type MessageEvent, MessageStream } from './message-stream.ts';
export type { Messages, SendMessage } from './messages.ts';
export { OpenClaw, type OpenClawOptions } from './openclaw.ts';
export type { HistoryFilter, Sessions, SessionsFilter } from './sessions.ts';
export type { StatsOfUse } from './stats.ts';
export type {
  AllowlistChanges, Health, Message as SessionMessage, MessageReply, ModelStats, NewWorkspace, Session, Stats, GetStatsQuery as StatsRange, StatsOfDay, StatsTotals, UserStats, WorkspaceChanges,
  WorkspaceDetails as Workspace, WorkspaceStats,
} from './wire.gen.ts';
export type { Workspaces } from './workspaces.ts';
