import type { Once } from './once.ts';
import type { Budget, CredentialKind, Permission, Scope } from '@openclaw/contract';

/** The store's part about who may call, and where: the same promises as the rest of it. */
export interface AccessStore {
  /** All that were ever made, the newest first. */
  credentials(): Promise<readonly CredentialRecord[]>;
  /** Rejects with `conflict` where one of its kind that still holds has its name. `replaces` ends in the same moment. */
  addCredential(credential: CredentialRecord, replaces?: string): Promise<void>;
  /** False where it was not there, or had ended. */
  revokeCredential(id: string, now: number): Promise<boolean>;
  touchCredentials(used: readonly { readonly id: string; readonly at: number }[]): Promise<void>;

  /** By name. A workspace is there from its first session on, made or not. */
  workspaces(): Promise<readonly WorkspaceRecord[]>;
  /** False where it is there, unless the same request made it. */
  addWorkspace(workspace: WorkspaceRecord, once?: Once): Promise<boolean>;
  /** Changes what is named; undefined where there is none. */
  changeWorkspace(id: string, change: WorkspaceChange): Promise<WorkspaceRecord | undefined>;
  /** Its sessions are deleted before; what its schedule holds goes with it, and so do the webhooks that tell of it alone, but for those of the configuration. */
  deleteWorkspace(id: string): Promise<boolean>;
}

export interface Grants {
  readonly scope: Scope | undefined;
  readonly permissions: readonly Permission[];
  readonly workspaces: readonly string[];
  readonly requestsPerMinute: number | undefined;
  readonly budget: Budget | undefined;
  readonly addresses: readonly string[];
}

export interface CredentialRecord {
  readonly id: string;
  readonly kind: CredentialKind;
  readonly name: string;
  /** The part of the secret that may be shown. No two credentials share one. */
  readonly publicPart: string;
  /** SHA-256 of the secret. */
  readonly hash: string;
  readonly grants: Grants;
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly revokedAt: number | undefined;
}

export interface WorkspaceRecord {
  readonly id: string;
  readonly label: string | undefined;
  readonly agent: string | undefined;
  /** Undefined: all. */
  readonly skills: readonly string[] | undefined;
  readonly allowlist: readonly string[];
  readonly budget: Budget | undefined;
  readonly sessions: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Null takes a setting away. */
export interface WorkspaceChange {
  readonly label?: string | undefined;
  readonly agent?: string | null | undefined;
  readonly skills?: readonly string[] | null | undefined;
  readonly budget?: Budget | null | undefined;
  readonly allowlist?: { readonly add: readonly string[]; readonly remove: readonly string[] } | undefined;
  readonly now: number;
}
