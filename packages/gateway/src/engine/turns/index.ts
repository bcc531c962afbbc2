export { LiveTurns } from './live-turns.ts';
export { turnHandlers } from './turn-handlers.ts';
export { TurnRunner } from './turn-runner.ts';
export { activityHandler } from './watch-activity.ts';
export { parseCursor } from './cursor.ts';
