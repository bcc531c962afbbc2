import type { clearSessions, createSession, deleteSession, getSession, listSessions, Session, sessionHistory, sessionStatus } from '@openclaw/contract';
import { GatewayError, type OutputOf } from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { type Caller, homeOf, mayEnter, requireEntry, visibleWorkspaces } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { SessionSelector } from '../ports/session-records.ts';
import type { Store } from '../ports/store.ts';
import { nameFromLabel, selectSession, sessionKey } from './session-key.ts';

interface Deps {
  readonly store: Store;
  readonly agent: string;
  /** Throws where the caller may not begin a session in this workspace. */
  readonly requireUsable: (caller: Caller, workspace: string) => Promise<void>;
  /** What turns of an agent run with. */
  readonly configOf: (session: Session) => OutputOf<typeof sessionStatus>['config'];
  /** Stops what runs in a session that is about to go. */
  readonly cancelAll: (sessionId: string) => Promise<void>;
  readonly now: () => number;
}

const missing = (ref: string): GatewayError => new GatewayError('session_not_found', `There is no session ${ref}`, { session: ref });

/** What can be done with sessions, behind the door. */
export const sessionHandlers = ({ store, agent, requireUsable, configOf, cancelAll, now }: Deps) => {
  /** The main session is always there: who asks for it first finds it empty. */
  const makeMain = async (selector: SessionSelector, workspace: string): Promise<Session | undefined> => {
    const key = sessionKey(agent, workspace, 'main');
    if (!('key' in selector) || selector.key !== key) return undefined;
    const at = now();
    return store.ensureSession({ id: newId('sess', at), key, kind: 'main', label: undefined, agent, workspace, userId: undefined, channel: 'api', now: at });
  };

  const find = async (ref: string, caller: Caller): Promise<Session> => {
    const home = homeOf(caller);
    const selector = selectSession(ref, agent, home);
    const session = (await store.findSession(selector)) ?? (await makeMain(selector, home));
    if (!session) throw missing(ref);
    requireEntry(caller, session.workspace, () => missing(ref));
    return session;
  };

  const create: Handler<typeof createSession> = async ({ label, kind, workspace: named, userId }, { caller, once }) => {
    const workspace = named ?? homeOf(caller);
    await requireUsable(caller, workspace);
    const at = now();
    const id = newId('sess', at);
    const name = (label && nameFromLabel(label)) || `isolated-${id.slice(-8)}`;
    return store.createSession(
      { id, key: sessionKey(agent, workspace, name), kind, label, agent, workspace, userId, channel: 'api', now: at },
      once,
    );
  };

  const list: Handler<typeof listSessions> = async ({ limit, offset, kinds, workspace, messageLimit }, { caller }) => {
    const workspaces = workspace === undefined ? visibleWorkspaces(caller) : [workspace];
    const { sessions, total } = await store.listSessions({ kinds, workspaces, limit, offset });
    const messages = messageLimit > 0 ? await store.lastMessages(sessions.map(({ id }) => id), messageLimit) : [];
    return { sessions: sessions.map((session, i) => (messages[i] ? { ...session, messages: [...messages[i]] } : session)), total, limit, offset };
  };

  const get: Handler<typeof getSession> = ({ session }, { caller }) => find(session, caller);

  const status: Handler<typeof sessionStatus> = async ({ session: ref }, { caller }) => {
    const session = await find(ref, caller);
    return { session, config: configOf(session) };
  };

  const history: Handler<typeof sessionHistory> = async ({ session, limit, offset, includeTools }, { caller }) => {
    const { id } = await find(session, caller);
    const { messages, total } = await store.history({ sessionId: id, includeTools, limit, offset });
    return { messages: [...messages], total, limit, offset };
  };

  const remove: Handler<typeof deleteSession> = async ({ session }, { caller }) => {
    const found = await store.findSession(selectSession(session, agent, homeOf(caller)));
    if (!found || !mayEnter(caller, found.workspace)) throw missing(session);
    await cancelAll(found.id);
    return { deleted: await store.deleteSession(found.id) };
  };

  const clearWorkspace = async (workspace: string): Promise<number> => {
    let deleted = 0;
    for (;;) {
      const { sessions } = await store.listSessions({ kinds: undefined, workspaces: [workspace], limit: 200, offset: 0 });
      if (sessions.length === 0) return deleted;
      for (const { id } of sessions) {
        await cancelAll(id);
        if (await store.deleteSession(id)) deleted++;
      }
    }
  };

  const clear: Handler<typeof clearSessions> = async ({ workspace }) => ({ deleted: await clearWorkspace(workspace) });

  return { create, list, get, status, history, remove, clear, clearWorkspace };
};
