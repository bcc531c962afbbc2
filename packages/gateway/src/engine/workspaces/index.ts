export { MAIN_WORKSPACE, WorkspaceBook } from './workspace-book.ts';
export { workspaceHandlers } from './workspace-handlers.ts';
