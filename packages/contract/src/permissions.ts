/** What a credential may do. Each operation names exactly one; the door checks it. */
export const PERMISSIONS = [
  'messages:write',
  'messages:read',
  'sessions:read',
  'sessions:delete',
  'workspaces:read',
  'workspaces:write',
  'stats:read',
  'skills:read',
  'skills:write',
  'webhooks:read',
  'webhooks:write',
  'cron:read',
  'cron:write',
  'channels:read',
  'channels:write',
  'config:read',
  'config:write',
  'status:read',
  'metrics:read',
  'audit:read',
  /** Credentials, and the settings that decide who may do what: the holder of the gateway token alone. */
  'gateway:admin',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** Every credential may ask whether the gateway is well. */
export const EVERYBODYS = ['status:read'] as const satisfies readonly Permission[];

/** What a key may do that is made without naming permissions. */
export const KEY_PERMISSIONS = [
  'messages:write', 'messages:read', 'sessions:read', 'sessions:delete', 'workspaces:read', 'workspaces:write', 'stats:read',
] as const satisfies readonly Permission[];

/** Coarse grants a token is made with, and what each stands for. */
export const SCOPE_PERMISSIONS = {
  full: PERMISSIONS.filter((permission) => permission !== 'gateway:admin'),
  read: ['messages:read', 'sessions:read', 'workspaces:read', 'stats:read', 'skills:read', 'webhooks:read', 'cron:read', 'channels:read', 'config:read', 'metrics:read'],
  execute: ['messages:write', 'messages:read', 'sessions:read', 'workspaces:read', 'skills:read'],
} as const satisfies Record<string, readonly Permission[]>;

export type Scope = keyof typeof SCOPE_PERMISSIONS;

export const SCOPES = ['full', 'read', 'execute'] as const satisfies readonly Scope[];
