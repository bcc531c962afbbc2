export { AuditTrail } from './audit-trail.ts';
export { type Caller, homeOf, mayEnter, owner, requireEntry, restoreCaller, storedCaller, visibleWorkspaces } from './caller.ts';
export type { ConfiguredKey } from './configured-key.ts';
export { CredentialBook } from './credential-book.ts';
export { toBlockList } from './holders.ts';
export { resourceOf } from './resource-of.ts';
export { digestOf, makeSecret, publicPartOf } from './secret-form.ts';
export { type Authenticator, type BlockedAddresses, createAuthenticator } from './authenticator.ts';
export { WrongCredentials } from './wrong-credentials.ts';
