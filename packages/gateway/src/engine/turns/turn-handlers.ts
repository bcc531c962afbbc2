import { type cancelTurn, GatewayError, type getTurn, type sendMessage, type Turn, type watchTurn } from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { type Caller, requireEntry, storedCaller } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { EventBus } from '../ports/event-bus.ts';
import type { NewTurn, Store, TurnRecord } from '../ports/store.ts';
import { selectSession } from '../sessions/index.ts';
import { failureOf, followTurn, isOver } from './follow-turn.ts';
import type { LiveTurns } from './live-turns.ts';
import type { TurnRunner } from './turn-runner.ts';

interface Deps {
  readonly store: Store;
  readonly bus: EventBus;
  readonly live: LiveTurns;
  readonly agent: string;
  /** Throws where no configured provider serves the model. */
  readonly checkModel: (name: string | undefined) => void;
  readonly worker: Pick<TurnRunner, 'accept' | 'refuseIfFull'>;
  readonly now: () => number;
}

const missing = (id: string): GatewayError => new GatewayError('turn_not_found', `There is no turn ${id}`, { turnId: id });

/** What can be done with turns, behind the door. */
export const turnHandlers = ({ store, bus, live, agent, checkModel, worker, now }: Deps) => {
  const target = (ref: string, workspace: string, at: number, input: { userId?: string | undefined; channel?: string | undefined }): NewTurn['session'] => {
    const selector = selectSession(ref, agent, workspace);
    if ('id' in selector) return selector;
    return {
      id: newId('sess', at),
      key: selector.key,
      kind: selector.key.endsWith(':main') ? 'main' : 'isolated',
      label: undefined,
      agent,
      workspace,
      userId: input.userId,
      channel: input.channel ?? 'api',
      now: at,
    };
  };

  const send: Handler<typeof sendMessage> = async function* (input, { caller, once, signal, quiet }) {
    checkModel(input.options.model);
    const at = now();
    const session = target(input.session, input.workspace, at, { userId: input.userId, channel: input.context.channel });
    const turn: NewTurn = {
      id: newId('turn', at),
      messageId: newId('msg', at),
      session,
      text: input.text,
      context: input.context,
      options: input.options,
      caller: storedCaller(caller),
      now: at,
      once,
    };
    worker.refuseIfFull();
    // Listening begins before the turn can, so that no word of it is missed.
    let reader = live.follow(turn.id, { fromTheStart: true, quiet });
    try {
      const { turnId, sessionId, sessionKey, replayed } = await worker.accept(turn);
      if (input.timeoutSeconds === 0) return { turnId, sessionId, sessionKey, status: 'queued' };
      if (replayed) {
        reader.leave();
        reader = live.follow(turnId, { fromTheStart: false, quiet });
      }
      if (!quiet) yield { type: 'started', turnId, sessionKey };
      const ended = yield* followTurn(reader, store, { timeoutSeconds: input.timeoutSeconds, signal });
      if (!ended.reply) throw failureOf(ended);
      return ended.reply;
    } finally {
      reader.leave();
    }
  };

  const find = async (id: string, caller: Caller): Promise<TurnRecord> => {
    const turn = await store.findTurn(id);
    if (!turn) throw missing(id);
    const session = await store.findSession({ id: turn.sessionId });
    if (session) requireEntry(caller, session.workspace, () => missing(id));
    return turn;
  };

  const get: Handler<typeof getTurn> = async ({ turn }, { caller }) => toTurn(await find(turn, caller));

  const watch: Handler<typeof watchTurn> = async function* ({ turn, timeoutSeconds }, { caller, signal, quiet }) {
    const found = await find(turn, caller);
    if (isOver(found)) return toTurn(found);
    yield { type: 'started', turnId: found.id, sessionKey: found.sessionKey };
    yield* followTurn(live.follow(turn, { fromTheStart: false, quiet }), store, { timeoutSeconds, signal });
    return toTurn(await find(turn, caller));
  };

  const cancel: Handler<typeof cancelTurn> = async ({ turn }, { caller }) => {
    await find(turn, caller);
    const outcome = await store.requestCancel(turn, now());
    if (outcome === 'cancelled') bus.publish({ kind: 'turn', turnId: turn, sessionId: '', event: { type: 'failed', code: 'turn_cancelled', message: 'Cancelled' } });
    if (outcome === 'running') bus.publish({ kind: 'cancel', turnId: turn });
    return toTurn(await find(turn, caller));
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
  error: turn.error ?? null,
});
