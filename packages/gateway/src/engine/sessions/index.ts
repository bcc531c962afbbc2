export { sessionHandlers } from './session-handlers.ts';
export { selectSession, sessionKey } from './session-key.ts';
