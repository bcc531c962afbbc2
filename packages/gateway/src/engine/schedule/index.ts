export { cronHandlers } from './cron-handlers.ts';
export { Scheduler } from './scheduler.ts';
export { Timetable } from './timetable.ts';
export { Upkeep } from './upkeep.ts';
