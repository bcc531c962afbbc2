import { z } from 'zod';
import { Budget } from './budget.ts';
import { operation } from './operation.ts';
import { PERMISSIONS, SCOPES } from './permissions.ts';
import { Page, Workspace } from './sessions.ts';
import { plainText } from './text.ts';

/** `oclaw_live_…` keys are bound to workspaces and permissions; `ocl_…` tokens have a scope. */
export const CredentialKind = z.enum(['api-key', 'token']);
export type CredentialKind = z.infer<typeof CredentialKind>;

const Permission = z.enum(PERMISSIONS).exclude(['gateway:admin']);
const Name = plainText(200).trim().min(1);
/** `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. */
const AddressRange = z.string().max(60).regex(/^[0-9a-f.:]+(\/\d{1,3})?$/i, 'an address or a range such as 192.0.2.0/24');

/** What a credential may do. Its secret is kept as a hash only. */
export const Credential = z.object({
  id: z.string(),
  kind: CredentialKind,
  name: z.string(),
  /** The beginning of the secret, by which its owner knows it. */
  masked: z.string(),
  scope: z.enum(SCOPES).nullable(),
  permissions: z.array(z.enum(PERMISSIONS)),
  /** `*` is every workspace. */
  workspaces: z.array(z.string()),
  /** Requests a minute. */
  rateLimit: z.number().int().nullable(),
  budget: Budget.nullable(),
  /** Where it may come from; empty is from anywhere. */
  addresses: z.array(z.string()),
  /** Those of the configuration are changed there. */
  source: z.enum(['store', 'config']),
  createdAt: z.iso.datetime().nullable(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type Credential = z.infer<typeof Credential>;

/** With the secret, which is told this once. */
export const NewCredential = Credential.extend({ secret: z.string() });
export type NewCredential = z.infer<typeof NewCredential>;

export const createCredential = operation({
  name: 'credentials.create',
  permission: 'gateway:admin',
  kind: 'write',
  summary: 'Makes a key or a token. The secret is in this answer and nowhere else.',
  input: z.strictObject({
    kind: CredentialKind,
    name: Name,
    /** Of a token. */
    scope: z.enum(SCOPES).optional(),
    /** Of a key; absent are all that a key usually has. */
    permissions: z.array(Permission).min(1).optional(),
    workspaces: z.array(z.union([z.literal('*'), Workspace])).min(1).max(1_000).default(['*']),
    rateLimit: z.number().int().min(1).max(1_000_000).optional(),
    budget: Budget.optional(),
    addresses: z.array(AddressRange).max(100).default([]),
    expiresAt: z.iso.datetime().optional(),
  }),
  output: NewCredential,
  errors: ['conflict'],
});

export const listCredentials = operation({
  name: 'credentials.list',
  permission: 'gateway:admin',
  kind: 'read',
  audited: true,
  summary: 'Keys and tokens, the newest first, without their secrets.',
  input: z.strictObject({ ...Page.shape, kind: CredentialKind.optional(), revoked: z.boolean().default(false) }),
  output: z.object({ credentials: z.array(Credential), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

/** Its id, its name, the secret itself, or as much of the secret's beginning as a list shows. */
const CredentialRef = z.strictObject({ credential: plainText(300).trim().min(1), kind: CredentialKind.optional() });

export const revokeCredential = operation({
  name: 'credentials.revoke',
  permission: 'gateway:admin',
  kind: 'write',
  summary: 'Ends a key or a token at once, with every connection it holds open.',
  input: CredentialRef,
  output: Credential,
  errors: ['credential_not_found', 'conflict'],
});

export const rotateCredential = operation({
  name: 'credentials.rotate',
  permission: 'gateway:admin',
  kind: 'write',
  summary: 'Makes a new secret with the same name and rights, and ends the old one.',
  input: CredentialRef,
  output: NewCredential,
  errors: ['credential_not_found', 'conflict'],
});
