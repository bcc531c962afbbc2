export { Alarms } from './alarms.ts';
export { eventsHandler } from './list-events.ts';
