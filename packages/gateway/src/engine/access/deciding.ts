import type { Permission } from '@openclaw/contract';
import type { Caller } from './caller.ts';

/** Permissions to change what others may do or are bound by, or who is told and written to. */
const DECIDING: ReadonlySet<Permission> = new Set<Permission>(['gateway:admin', 'config:write', 'workspaces:write', 'skills:write', 'webhooks:write', 'channels:write']);

export const isDeciding = (permission: Permission): boolean => DECIDING.has(permission);

/**
 * A caller as a tool of an agent acts for them. An agent can be talked into much by what it reads; not into changing what binds it, nor into
 * opening a way out or writing to people of its own accord. What it leaves to be done later is done without those permissions, too.
 */
export const inHandsOfTool = (caller: Caller): Caller => ({
  ...caller,
  permissions: new Set([...caller.permissions].filter((permission) => !DECIDING.has(permission))),
});
