import type { ToolContext } from '../../../engine/ports/tool.ts';

/** What a tool gets, for tests that run it by hand. */
export const toolContext = (more: Partial<ToolContext> = {}): ToolContext => ({
  signal: new AbortController().signal,
  now: new Date('2026-03-01T12:00:00Z'),
  timezone: 'Europe/Berlin',
  workspaceFolder: '/nowhere',
  workingDirectory: undefined,
  skillFolders: [],
  sessionKey: 'agent:main:main',
  callId: 'call_1',
  call: () => Promise.reject(new Error('nothing was to be called')),
  ...more,
});
