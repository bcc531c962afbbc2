import {
  type createCredential, type Credential, type CredentialKind, GatewayError, KEY_PERMISSIONS, type listCredentials, type NewCredential, type revokeCredential,
  type rotateCredential, SCOPE_PERMISSIONS,
} from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { type ConfiguredKey, type CredentialBook, digestOf, makeSecret, publicPartOf, toBlockList } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { AccessStore, CredentialRecord, Grants } from '../ports/access-store.ts';

interface Deps {
  readonly store: Pick<AccessStore, 'addCredential' | 'revokeCredential'>;
  readonly book: CredentialBook;
  readonly configured: () => readonly ConfiguredKey[];
  readonly now: () => number;
}

/** What can be done with keys and tokens, behind the door. */
export const credentialHandlers = ({ store, book, configured, now }: Deps) => {
  const add = async (fields: Pick<CredentialRecord, 'kind' | 'name' | 'grants' | 'expiresAt'>, replaces?: string): Promise<NewCredential> => {
    const at = now();
    const { secret, publicPart } = makeSecret(fields.kind);
    const record: CredentialRecord = {
      ...fields, id: newId('key', at), publicPart, hash: digestOf(secret), createdAt: at, lastUsedAt: undefined, revokedAt: undefined,
    };
    await store.addCredential(record, replaces);
    await book.tell();
    return { ...toCredential(record), secret };
  };

  const find = (ref: string, kind: CredentialKind | undefined): CredentialRecord => {
    const mine = configured().find(({ label, key }) => label === ref || key === ref);
    if (mine) throw new GatewayError('conflict', `${mine.label} stands in the configuration (api.keys): change it there`, { setting: 'api.keys' });
    const possible = book.all.filter((record) => record.revokedAt === undefined && (kind === undefined || record.kind === kind));
    const meant = possible.filter((record) => names(record, ref));
    const [first] = meant;
    if (!first) throw new GatewayError('credential_not_found', 'No key or token that holds has this id, name or secret');
    if (meant.length > 1) {
      throw new GatewayError('invalid_request', `credential: several are meant (${meant.map(({ id }) => id).join(', ')}); give the id of one`, { path: 'credential' });
    }
    return first;
  };

  const create: Handler<typeof createCredential> = async ({ kind, name, scope, permissions, workspaces, rateLimit, budget, addresses, expiresAt }) => {
    if (kind === 'token' && permissions) throw new GatewayError('invalid_request', 'permissions: a token has a scope; permissions are for keys', { path: 'permissions' });
    if (kind === 'api-key' && scope) throw new GatewayError('invalid_request', 'scope: a key has permissions; scopes are for tokens', { path: 'scope' });
    const ends = expiresAt === undefined ? undefined : Date.parse(expiresAt);
    if (ends !== undefined && ends <= now()) throw new GatewayError('invalid_request', 'expiresAt: must be in the future', { path: 'expiresAt' });
    toBlockList(addresses);
    const own = kind === 'token' ? (scope ?? 'full') : undefined;
    const grants: Grants = {
      scope: own,
      permissions: own ? SCOPE_PERMISSIONS[own] : (permissions ?? KEY_PERMISSIONS),
      workspaces: workspaces.includes('*') ? ['*'] : [...new Set(workspaces)],
      requestsPerMinute: rateLimit,
      budget,
      addresses,
    };
    return add({ kind, name, grants, expiresAt: ends });
  };

  const list: Handler<typeof listCredentials> = async ({ kind, revoked, limit, offset }) => {
    await book.read();
    const at = now();
    const ended = ({ revokedAt, expiresAt }: CredentialRecord): boolean => revokedAt !== undefined || (expiresAt !== undefined && expiresAt <= at);
    const stored = book.all.filter((record) => (kind === undefined || record.kind === kind) && (revoked || !ended(record))).map(toCredential);
    const all = [...stored, ...(kind === 'token' ? [] : configured().map(fromConfiguration))];
    return { credentials: all.slice(offset, offset + limit), total: all.length, limit, offset };
  };

  const revoke: Handler<typeof revokeCredential> = async ({ credential, kind }) => {
    await book.read();
    const record = find(credential, kind);
    const at = now();
    if (!(await store.revokeCredential(record.id, at))) throw new GatewayError('credential_not_found', 'It has been revoked meanwhile');
    await book.tell();
    return toCredential({ ...record, revokedAt: at });
  };

  const rotate: Handler<typeof rotateCredential> = async ({ credential, kind }) => {
    await book.read();
    const { id, kind: same, name, grants, expiresAt } = find(credential, kind);
    return add({ kind: same, name, grants, expiresAt }, id);
  };

  return { create, list, revoke, rotate };
};

/** As much of a secret's beginning as says which it is. */
const LEAST_SHOWN = 6;

const names = ({ id, name, publicPart, hash }: CredentialRecord, ref: string): boolean => {
  if (id === ref || name === ref) return true;
  if (publicPartOf(ref) === publicPart) return digestOf(ref) === hash;
  const shown = ref.replace(/(?:\.{3}|…)$/, '');
  return /^(?:oclaw_live|ocl)_/.test(shown) && shown.length >= publicPart.lastIndexOf('_') + 1 + LEAST_SHOWN && publicPart.startsWith(shown);
};

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

const toCredential = ({ id, kind, name, publicPart, grants, createdAt, expiresAt, lastUsedAt, revokedAt }: CredentialRecord): Credential => ({
  id,
  kind,
  name,
  masked: `${publicPart}...`,
  ...wordsOf(grants),
  source: 'store',
  createdAt: iso(createdAt),
  expiresAt: iso(expiresAt),
  lastUsedAt: iso(lastUsedAt),
  revokedAt: iso(revokedAt),
});

const fromConfiguration = ({ id, label, key, grants }: ConfiguredKey): Credential => ({
  id,
  kind: 'api-key',
  name: label,
  masked: `${publicPartOf(key) ?? '********'}...`,
  ...wordsOf(grants),
  source: 'config',
  createdAt: null,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
});

const wordsOf = ({ scope, permissions, workspaces, requestsPerMinute, budget, addresses }: Grants) => ({
  scope: scope ?? null,
  permissions: [...permissions],
  workspaces: [...workspaces],
  rateLimit: requestsPerMinute ?? null,
  budget: budget ?? null,
  addresses: [...addresses],
});
