import { type cancelTurn, GatewayError, type getTurn, type InputOf, type sendMessage, type Turn, type watchTurn } from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { type Caller, homeOf, requireEntry } from '../access/index.ts';
import type { Handler, HandlerContext } from '../gateway.ts';
import type { NewTurn, TurnRecord } from '../ports/turn-records.ts';
import { kindOf, placeOf, selectSession, userSession } from '../sessions/index.ts';
import { type BeginDeps, beginTurn } from './begin-turn.ts';
import { cancelOne } from './cancel-turn.ts';
import { showTurn } from './show-turn.ts';
import { turnOf } from './task-name.ts';

interface Deps extends BeginDeps {
  readonly agent: string;
  readonly knowsAgent: (id: string) => boolean;
  /** Throws where the caller may not begin a session in this workspace. */
  readonly requireUsable: (caller: Caller, workspace: string) => Promise<void>;
}

const missing = (id: string): GatewayError => new GatewayError('turn_not_found', `There is no turn ${id}`, { turnId: id });
const noSession = (ref: string): GatewayError => new GatewayError('session_not_found', `There is no session ${ref}`, { session: ref });

/** What can be done with turns, behind the door. */
export const turnHandlers = (deps: Deps) => {
  const { store, agent, knowsAgent, requireUsable, now } = deps;

  /** The session a message goes to: one that is there, or the one to make for it. */
  const target = async (input: InputOf<typeof sendMessage>, { caller, entrusted }: Pick<HandlerContext, 'caller' | 'entrusted'>): Promise<NewTurn['session']> => {
    const ref = input.session ?? (input.userId === undefined ? 'main' : userSession(input.userId));
    const selector = selectSession(ref, agent, input.workspace ?? homeOf(caller));
    if ('id' in selector) return selector;
    const { key } = selector;
    const place = placeOf(key);
    if (!knowsAgent(place.agent)) throw noSession(ref);
    requireEntry(caller, place.workspace, () => noSession(ref));
    await requireUsable(caller, place.workspace);
    const at = now();
    const made = { id: newId('sess', at), key, kind: kindOf(key), label: undefined, ...place, userId: entrusted.shared ? undefined : input.userId, channel: input.context.channel ?? 'api', now: at };
    return input.mustExist && !key.endsWith(':main') ? { ...made, mustExist: true } : made;
  };

  const send: Handler<typeof sendMessage> = async function* (input, context) {
    const { text, userId, options, timeoutSeconds } = input;
    const session = await target(input, context);
    const { reply, ...begun } = yield* beginTurn(deps, { session, text, userId, context: input.context, options, timeoutSeconds }, context);
    return reply ?? { ...begun, status: 'queued' };
  };

  const find = async (id: string, caller: Caller): Promise<{ readonly turn: TurnRecord; readonly workspace: string }> => {
    const turn = await store.findTurn(turnOf(id));
    if (!turn) throw missing(id);
    const { workspace } = (await store.findSession({ id: turn.sessionId })) ?? placeOf(turn.sessionKey);
    requireEntry(caller, workspace, () => missing(id));
    return { turn, workspace };
  };

  const get: Handler<typeof getTurn> = async ({ turn }, { caller }) => toTurn((await find(turn, caller)).turn);

  const watch: Handler<typeof watchTurn> = async function* ({ turn: id, after, timeoutSeconds }, { caller, signal, quiet }) {
    const { turn } = await find(id, caller);
    yield* showTurn(deps, turn, { after, timeoutSeconds, signal, quiet });
    return toTurn((await find(id, caller)).turn);
  };

  const cancel: Handler<typeof cancelTurn> = async ({ turn: ref }, { caller }) => {
    const { turn: { id, sessionId, sessionKey: key }, workspace } = await find(ref, caller);
    await cancelOne(deps, id, { id: sessionId, key, workspace });
    return toTurn((await find(id, caller)).turn);
  };

  return { send, get, watch, cancel };
};

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

const toTurn = (turn: TurnRecord): Turn => ({
  id: turn.id,
  sessionId: turn.sessionId,
  sessionKey: turn.sessionKey,
  state: turn.state,
  createdAt: new Date(turn.createdAt).toISOString(),
  startedAt: iso(turn.startedAt),
  endedAt: iso(turn.endedAt),
  attempts: turn.attempts,
  reply: turn.reply ?? null,
  error: turn.error ? { ...turn.error, ...(turn.retryAt !== undefined && { retryAt: new Date(turn.retryAt).toISOString() }) } : null,
});
