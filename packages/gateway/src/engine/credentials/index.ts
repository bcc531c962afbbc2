export { credentialHandlers } from './credential-handlers.ts';
