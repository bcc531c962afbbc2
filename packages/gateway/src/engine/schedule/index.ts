export { cronHandlers } from './cron-handlers.ts';
export { Scheduler } from './scheduler.ts';
