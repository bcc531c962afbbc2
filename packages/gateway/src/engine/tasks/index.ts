export { taskHandlers } from './task-handlers.ts';
