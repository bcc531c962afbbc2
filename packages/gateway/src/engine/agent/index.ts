export { createInstructions } from './instructions.ts';
export { type AgentDeps, runTurn } from './run-turn.ts';
export type { AgentSettings } from './settings.ts';
export { resolveWorkingDirectory } from './working-directory.ts';
