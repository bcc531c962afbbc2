export { cronHandlers } from './cron-handlers.ts';
export type { ChatRules } from './require-way-out.ts';
export { Scheduler } from './scheduler.ts';
export { Timetable } from './timetable.ts';
export { Upkeep } from './upkeep.ts';
