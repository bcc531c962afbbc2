export { statsHandlers } from './stats-handlers.ts';
