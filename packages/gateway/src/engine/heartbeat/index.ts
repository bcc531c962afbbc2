export { wakeHandler } from './wake-handler.ts';
