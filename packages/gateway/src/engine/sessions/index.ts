export { sessionHandlers } from './session-handlers.ts';
export { kindOf, placeOf, selectSession, sessionKey, userSession } from './session-key.ts';
