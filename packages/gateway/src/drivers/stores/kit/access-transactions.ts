import { GatewayError } from '@openclaw/contract/errors';
import type { Budget, CredentialKind } from '@openclaw/contract';
import type { CredentialRecord, Grants, WorkspaceChange, WorkspaceRecord } from '../../../engine/ports/access-store.ts';
import type { Once } from '../../../engine/ports/once.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import { keepOnce } from './once.ts';
import type { WebhookRow } from './webhook-rows.ts';
import { dropJobWebhook, removeWebhook } from './webhook-transactions.ts';

interface CredentialRow {
  id: string;
  kind: CredentialKind;
  name: string;
  public_part: string;
  hash: string;
  grants: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

interface WorkspaceRow {
  id: string;
  label: string | null;
  agent: string | null;
  skills: string | null;
  allowlist: string;
  budget: string | null;
  created_at: number;
  updated_at: number;
}

/** Columns hold only what JSON.stringify put there. */
const parse = <Value>(json: string): Value => JSON.parse(json) as Value;

const toCredential = (row: CredentialRow): CredentialRecord => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  publicPart: row.public_part,
  hash: row.hash,
  grants: parse<Grants>(row.grants),
  createdAt: row.created_at,
  expiresAt: row.expires_at ?? undefined,
  lastUsedAt: row.last_used_at ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
});

const toWorkspace = (row: WorkspaceRow, sessions: number): WorkspaceRecord => ({
  id: row.id,
  label: row.label ?? undefined,
  agent: row.agent ?? undefined,
  skills: row.skills === null ? undefined : parse<string[]>(row.skills),
  allowlist: parse<string[]>(row.allowlist),
  budget: row.budget === null ? undefined : parse<Budget>(row.budget),
  sessions,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const credentials = async (sql: Sql): Promise<CredentialRecord[]> =>
  (await sql.all<CredentialRow>('SELECT * FROM credentials ORDER BY created_at DESC, id DESC')).map(toCredential);

const end = (sql: Sql, id: string, now: number): Promise<number> =>
  sql.run('UPDATE credentials SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', now, id);

const addCredential = async (sql: Sql, { credential, replaces }: { credential: CredentialRecord; replaces: string | undefined }): Promise<void> => {
  const { id, kind, name, publicPart, hash, grants, createdAt, expiresAt } = credential;
  if (replaces !== undefined && (await end(sql, replaces, createdAt)) === 0) {
    throw new GatewayError('conflict', 'This credential was revoked or rotated meanwhile');
  }
  // One that has expired gives its name free.
  await sql.run('UPDATE credentials SET revoked_at = expires_at WHERE kind = ? AND name = ? AND revoked_at IS NULL AND expires_at <= ?', kind, name, createdAt);
  const added = await sql.run(
    `INSERT INTO credentials (id, kind, name, public_part, hash, grants, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    id, kind, name, publicPart, hash, JSON.stringify(grants), createdAt, expiresAt ?? null,
  );
  if (added === 0) throw new GatewayError('conflict', `There is a ${kind === 'token' ? 'token' : 'key'} called ${name}: choose another name, or revoke or rotate that one`);
};

const revokeCredential = async (sql: Sql, { id, now }: { id: string; now: number }): Promise<boolean> => (await end(sql, id, now)) > 0;

const touchCredentials = async (sql: Sql, used: readonly { id: string; at: number }[]): Promise<void> => {
  for (const { id, at } of used) await sql.run('UPDATE credentials SET last_used_at = ? WHERE id = ? AND COALESCE(last_used_at, 0) < ?', at, id, at);
};

const workspaces = async (sql: Sql): Promise<WorkspaceRecord[]> => {
  const rows = await sql.all<WorkspaceRow & { sessions: number }>(
    `SELECT workspaces.*, (SELECT COUNT(*) FROM sessions WHERE workspace = workspaces.id) AS sessions FROM workspaces ORDER BY id`,
  );
  return rows.map((row) => toWorkspace(row, row.sessions));
};

const addWorkspace = async (sql: Sql, { workspace, once }: { workspace: WorkspaceRecord; once: Once | undefined }): Promise<boolean> => {
  const { id, label, agent, skills, allowlist, budget, createdAt, updatedAt } = workspace;
  const added = await sql.run(
    `INSERT INTO workspaces (id, label, agent, skills, allowlist, budget, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    id, label ?? null, agent ?? null, jsonOrNull(skills), JSON.stringify(allowlist), jsonOrNull(budget), createdAt, updatedAt,
  );
  // Claimed by what was made alone: a request that found it there is refused each time.
  const mine = once && (added > 0 || (await wasMade(sql, once)));
  if (mine) await keepOnce(sql, once, id, createdAt);
  return added > 0 || mine === true;
};

const wasMade = async (sql: Sql, { scope, key, hash }: Once): Promise<boolean> =>
  (await sql.one('SELECT 1 AS found FROM answers WHERE scope = ? AND key = ? AND hash = ?', scope, key, hash)) !== undefined;

const jsonOrNull = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(value));

/** What is not named stays; null is none. */
const changed = <Value>(asked: Value | null | undefined, before: Value | undefined): Value | undefined => (asked === undefined ? before : (asked ?? undefined));

const changeWorkspace = async (sql: Sql, { id, change }: { id: string; change: WorkspaceChange }): Promise<WorkspaceRecord | undefined> => {
  // Takes the row for this transaction: two who add to one list at once both stand in it.
  const row = await sql.one<WorkspaceRow>('UPDATE workspaces SET updated_at = ? WHERE id = ? RETURNING *', change.now, id);
  if (!row) return undefined;
  const before = toWorkspace(row, 0);
  const { add = [], remove = [] } = change.allowlist ?? {};
  const allowlist = [...new Set([...before.allowlist, ...add])].filter((sender) => !remove.includes(sender));
  if (allowlist.length > 10_000) throw new GatewayError('invalid_request', 'add: an allowlist holds at most 10000 entries', { path: 'add' });
  const after = await sql.one<WorkspaceRow>(
    'UPDATE workspaces SET label = ?, agent = ?, skills = ?, budget = ?, allowlist = ? WHERE id = ? RETURNING *',
    change.label ?? before.label ?? null, changed(change.agent, before.agent) ?? null, jsonOrNull(changed(change.skills, before.skills)),
    jsonOrNull(changed(change.budget, before.budget)), JSON.stringify(allowlist), id,
  );
  const count = await sql.one<{ sessions: number }>('SELECT COUNT(*) AS sessions FROM sessions WHERE workspace = ?', id);
  return after && toWorkspace(after, count?.sessions ?? 0);
};

const deleteWorkspace = async (sql: Sql, id: string): Promise<boolean> => {
  await sql.run('DELETE FROM cron_jobs WHERE workspace = ?', id);
  // Those of the configuration stay as long as they stand there.
  const webhooks = await sql.all<Pick<WebhookRow, 'id' | 'source'>>(`SELECT id, source FROM webhooks WHERE source <> 'config' AND workspace = ?`, id);
  for (const { id: webhook, source } of webhooks) await (source === 'cron' ? dropJobWebhook(sql, webhook, 'the workspace was deleted') : removeWebhook(sql, webhook));
  await sql.run('DELETE FROM wakes WHERE workspace = ?', id);
  return (await sql.run('DELETE FROM workspaces WHERE id = ?', id)) > 0;
};

export const accessTransactions = {
  credentials, addCredential, revokeCredential, touchCredentials, workspaces, addWorkspace, changeWorkspace, deleteWorkspace,
};
