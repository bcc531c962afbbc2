import { type EventOf, GatewayError, type Reply, type sendMessage, type TurnContext, type TurnOptions } from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { storedCaller } from '../access/index.ts';
import type { BudgetKeeper } from '../budgets/index.ts';
import type { HandlerContext } from '../gateway.ts';
import type { EventBus } from '../ports/event-bus.ts';
import type { Store } from '../ports/store.ts';
import type { NewTask, NewTurn } from '../ports/turn-records.ts';
import { failureOf, followTurn } from './follow-turn.ts';
import type { LiveTurns } from './live-turns.ts';
import { taskOf } from './task-name.ts';
import type { TurnRunner } from './turn-runner.ts';

export interface BeginDeps {
  readonly store: Store;
  readonly bus: EventBus;
  readonly live: LiveTurns;
  /** Throws where no configured provider serves the model. */
  readonly checkModel: (name: string | undefined) => void;
  readonly worker: Pick<TurnRunner, 'accept' | 'refuseIfFull'>;
  readonly budgets: Pick<BudgetKeeper, 'concerns' | 'check'>;
  readonly now: () => number;
}

export interface Wanted {
  readonly session: NewTurn['session'];
  readonly text: string;
  /** Who writes, where that is said. */
  readonly userId?: string | undefined;
  readonly context: TurnContext;
  readonly options: TurnOptions;
  /** How long the caller waits for the reply. */
  readonly timeoutSeconds: number;
  /** Present where the turn is a task; what fails then names it. */
  readonly task?: Omit<NewTask, 'id'>;
}

export interface Begun {
  readonly turnId: string;
  readonly sessionId: string;
  readonly sessionKey: string;
  /** Undefined where the caller does not wait. */
  readonly reply: Reply | undefined;
}

/** Stores a message with its turn, which is all it takes for it to be answered, and shows the turn to the caller who waits. */
export async function* beginTurn(
  deps: BeginDeps,
  { session, text, userId, context, options, timeoutSeconds, task }: Wanted,
  { caller, once, signal, quiet, entrusted: { source, images, duties, arrival, joins, onRepeat } }: HandlerContext,
): AsyncGenerator<EventOf<typeof sendMessage>, Begun> {
  const { live, checkModel, worker, now } = deps;
  checkModel(options.model);
  const at = now();
  const id = newId('turn', at);
  const turn: NewTurn = {
    id, messageId: newId('msg', at), session, text, context, options, caller: storedCaller(caller), userId, now: at, once, source, images, duties, arrival, joins,
    task: task && { ...task, id: taskOf(id) },
  };
  worker.refuseIfFull();
  await refuseIfSpent(deps, turn);
  // Listening begins before the turn can, so that no word of it is missed.
  let reader = live.follow(turn.id, { fromTheStart: true, quiet });
  try {
    const { turnId, sessionId, sessionKey, replayed } = await worker.accept(turn);
    if (replayed) onRepeat?.();
    if (timeoutSeconds === 0) return { turnId, sessionId, sessionKey, reply: undefined };
    if (replayed) {
      reader.leave();
      reader = live.follow(turnId, { fromTheStart: false, quiet });
    }
    if (!quiet) yield { type: 'started', turnId, sessionKey };
    const ended = yield* followTurn(reader, deps, { timeoutSeconds, signal });
    if (!ended.reply) throw failureOf(ended, now());
    return { turnId, sessionId, sessionKey, reply: ended.reply };
  } catch (thrown) {
    throw task ? withTask(thrown) : thrown;
  } finally {
    reader.leave();
  }
}

/** Before a message is stored: what is over a budget is told so at once, and can be sent again when the day is over. */
const refuseIfSpent = async ({ store, budgets, now }: BeginDeps, { session, caller, once }: NewTurn): Promise<void> => {
  if (!budgets.concerns(caller)) return;
  const place = 'key' in session ? session : await store.findSession(session);
  // That there is no such session is said where the message would be stored.
  if (!place) return;
  try {
    await budgets.check({ caller, place });
  } catch (thrown) {
    // What was accepted under this key is told again, whatever was spent since.
    if (once && (await store.findAnswer(once.scope, once.key, now()))) return;
    throw thrown;
  }
};

const withTask = (thrown: unknown): unknown => {
  if (!(thrown instanceof GatewayError) || typeof thrown.details['turnId'] !== 'string') return thrown;
  return new GatewayError(thrown.code, thrown.message, { ...thrown.details, taskId: taskOf(thrown.details['turnId']) }, thrown.cause);
};
