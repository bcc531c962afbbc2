/** What a credential may do. Each operation names exactly one; the door checks it. */
export const PERMISSIONS = [
  'messages:write',
  'messages:read',
  'sessions:write',
  'sessions:read',
  'sessions:delete',
  'events:read',
  'status:read',
  'stats:read',
  'metrics:read',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** Coarse grants a token is created with; the door expands each to its permissions. */
export const SCOPES = ['full', 'read', 'execute'] as const;
export type Scope = (typeof SCOPES)[number];
