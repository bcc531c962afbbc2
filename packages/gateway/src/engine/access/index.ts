export { AuditTrail } from './audit-trail.ts';
export { type Caller, mayEnter, owner, requireEntry, restoreCaller, storedCaller, visibleWorkspaces } from './caller.ts';
export { type Authenticator, type BlockedAddresses, createAuthenticator } from './authenticator.ts';
