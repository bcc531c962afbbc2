export { AuditTrail } from './audit-trail.ts';
export { type Caller, mayEnter, owner, requireEntry, restoreCaller, storedCaller, visibleWorkspaces } from './caller.ts';
export { type Authenticate, createAuthenticator } from './gateway-token.ts';
