import {
  type changeAllowlist, type createWorkspace, type deleteWorkspace, GatewayError, type getWorkspace, type listWorkspaces, type updateWorkspace, type WorkspaceDetails,
} from '@openclaw/contract';
import { type Caller, mayEnter } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { AccessStore, WorkspaceChange, WorkspaceRecord } from '../ports/access-store.ts';
import { MAIN_WORKSPACE, noWorkspace, type WorkspaceBook } from './workspace-book.ts';

interface Deps {
  readonly store: Pick<AccessStore, 'addWorkspace' | 'changeWorkspace' | 'deleteWorkspace'>;
  readonly book: WorkspaceBook;
  /** The names a workspace's agent may have. */
  readonly profiles: () => readonly string[];
  /** Ends what runs in it and deletes its sessions; resolves to how many there were. */
  readonly clearSessions: (workspace: string) => Promise<number>;
  /** Takes its files away. */
  readonly removeFiles: (workspace: string) => Promise<void>;
  /** Its webhooks went with it. */
  readonly webhooksChanged: () => Promise<void>;
  readonly now: () => number;
}

/** What can be done with workspaces, behind the door. */
export const workspaceHandlers = ({ store, book, profiles, clearSessions, removeFiles, webhooksChanged, now }: Deps) => {
  const readAll = async (): Promise<readonly WorkspaceRecord[]> => {
    const all = await book.read();
    return all.some(({ id }) => id === MAIN_WORKSPACE) ? all : [emptyMain(now()), ...all].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };

  const find = async (caller: Caller, id: string): Promise<WorkspaceRecord> => {
    const found = mayEnter(caller, id) ? (await readAll()).find((workspace) => workspace.id === id) : undefined;
    if (!found) throw noWorkspace(id);
    return found;
  };

  const checkProfile = (agent: string | null | undefined): void => {
    if (agent === null || agent === undefined || profiles().includes(agent)) return;
    throw new GatewayError('invalid_request', `agent: there is no profile ${agent}; there are ${profiles().join(', ')}, and agents.entries adds more`, { path: 'agent' });
  };

  const change = async (caller: Caller, id: string, wanted: Omit<WorkspaceChange, 'now'>): Promise<WorkspaceDetails> => {
    const found = await find(caller, id);
    if (id === MAIN_WORKSPACE) await store.addWorkspace(found);
    const changed = await store.changeWorkspace(id, { ...wanted, now: now() });
    if (!changed) throw noWorkspace(id);
    await book.tell();
    return toDetails(changed);
  };

  const list: Handler<typeof listWorkspaces> = async ({ limit, offset }, { caller }) => {
    const visible = (await readAll()).filter(({ id }) => mayEnter(caller, id));
    return { workspaces: visible.slice(offset, offset + limit).map(toDetails), total: visible.length, limit, offset };
  };

  const get: Handler<typeof getWorkspace> = async ({ id }, { caller }) => toDetails(await find(caller, id));

  const create: Handler<typeof createWorkspace> = async ({ id, label, agent, skills, allowlist = [], budget }, { caller, once }) => {
    if (!mayEnter(caller, id)) throw new GatewayError('forbidden', `This credential may not use the workspace ${id}`, { workspace: id });
    checkProfile(agent);
    const at = now();
    const workspace: WorkspaceRecord = { id, label, agent, skills, allowlist: [...new Set(allowlist)], budget, sessions: 0, createdAt: at, updatedAt: at };
    if (id === MAIN_WORKSPACE || !(await store.addWorkspace(workspace, once))) throw new GatewayError('conflict', `There is a workspace ${id} already; update changes it`, { workspace: id });
    await book.tell();
    // As it is kept: the same request a moment before may have made it.
    return toDetails(book.get(id) ?? workspace);
  };

  const update: Handler<typeof updateWorkspace> = async ({ id, ...wanted }, { caller }) => {
    checkProfile(wanted.agent);
    return change(caller, id, wanted);
  };

  const allowlist: Handler<typeof changeAllowlist> = ({ id, add, remove }, { caller }) => change(caller, id, { allowlist: { add, remove } });

  const remove: Handler<typeof deleteWorkspace> = async ({ id }, { caller }) => {
    if (id === MAIN_WORKSPACE) throw new GatewayError('invalid_request', 'id: the workspace main is always there; its sessions can be cleared', { path: 'id' });
    await find(caller, id);
    const sessions = await clearSessions(id);
    const deleted = await store.deleteWorkspace(id);
    await webhooksChanged();
    await removeFiles(id);
    await book.tell();
    return { deleted, sessions };
  };

  return { list, get, create, update, allowlist, remove };
};

const emptyMain = (at: number): WorkspaceRecord => ({
  id: MAIN_WORKSPACE, label: undefined, agent: undefined, skills: undefined, allowlist: [], budget: undefined, sessions: 0, createdAt: at, updatedAt: at,
});

const toDetails = ({ id, label, agent, skills, allowlist, budget, sessions, createdAt, updatedAt }: WorkspaceRecord): WorkspaceDetails => ({
  id,
  label: label ?? id,
  agent: agent ?? null,
  skills: skills ? [...skills] : null,
  allowlist: [...allowlist],
  budget: budget ?? null,
  sessions,
  createdAt: new Date(createdAt).toISOString(),
  updatedAt: new Date(updatedAt).toISOString(),
});
