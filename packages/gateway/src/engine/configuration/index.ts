export { configurationHandlers } from './configuration-handlers.ts';
