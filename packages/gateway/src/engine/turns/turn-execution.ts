import { realpath } from 'node:fs/promises';
import { GatewayError } from '@openclaw/contract';
import { changedFiles } from '../../kernel/changed-files.ts';
import type { Log } from '../../kernel/log.ts';
import { type AgentDeps, runTurn } from '../agent/index.ts';
import type { BudgetKeeper } from '../budgets/index.ts';
import type { EventBus, LiveEnd, LiveNews, LivePiece, SessionPlace } from '../ports/event-bus.ts';
import type { Lease } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';
import { type Fence, StaleFence, type StartedTurn, type TurnEnding } from '../ports/turn-records.ts';
import { isOver, NO_REPLY } from './follow-turn.ts';
import { persistentBudgets, persistently, persistentStore } from './persist.ts';

/** Executions that ended with the process, before a turn is given up. */
const CRASHES_ALLOWED = 3;

export interface ExecutionDeps {
  readonly store: Store;
  readonly bus: EventBus;
  readonly agent: Omit<AgentDeps, 'store' | 'tookIn'>;
  readonly budgets: Pick<BudgetKeeper, 'lookAfter'>;
  readonly log: Log;
  readonly now: () => number;
}

/** Why a turn's work was stopped from outside. */
class Suspended extends Error {
  override readonly name = 'Suspended';
}

/** One turn in this worker's hands: from the lease to its end, or back to the queue. */
export class TurnExecution {
  readonly lease: Lease;
  readonly #deps: ExecutionDeps;
  readonly #abort = new AbortController();
  #session: SessionPlace | undefined;
  #started: StartedTurn | undefined;
  /** What the unfinished step has shown so far. */
  #step = 0;
  #message = '';
  #text = '';

  constructor(deps: ExecutionDeps, lease: Lease) {
    this.#deps = deps;
    this.lease = lease;
  }

  get sessionId(): string | undefined {
    return this.#session?.id;
  }

  cancel(message = 'Cancelled'): void {
    this.#abort.abort(new GatewayError('turn_cancelled', message));
  }

  /** Gives the turn back unfinished: it goes on after the stop. */
  suspend(): void {
    this.#abort.abort(new Suspended('the gateway is stopping'));
  }

  /** Tells once more what the unfinished step has said, for readers who joined late. */
  tellAgain(): void {
    if (this.#text !== '') this.#tell({ type: 'text', step: this.#step, message: this.#message, offset: 0, delta: this.#text, again: true });
  }

  /** Resolves when the turn is over, or is not this worker's any more. */
  async run(begin: () => Promise<StartedTurn | undefined>): Promise<void> {
    const { store, log, agent, budgets, now } = this.#deps;
    const started = await begin();
    if (!started) return;
    const { fence, turn, session } = started;
    this.#session = { id: session.id, key: session.key, workspace: session.workspace };
    this.#started = started;
    const refusal = refusalOf(started);
    if (refusal) return this.#end(fence, this.#endedBy(refusal));

    const { signal } = this.#abort;
    const seconds = turn.options.runTimeoutSeconds ?? agent.settings(session).limits.turnTimeoutSeconds;
    const left = (turn.startedAt ?? now()) + seconds * 1000 - now();
    const timer = setTimeout(() => this.#abort.abort(new GatewayError('turn_deadline', `The turn was stopped after ${seconds} s`)), Math.max(0, left));
    this.#tell({ type: 'started' });
    try {
      const persistent = { budgets: persistentBudgets(agent.budgets, log, signal), store: persistentStore(store, log, signal) };
      await this.#end(fence, await runTurn({ ...agent, ...persistent, tookIn: (turnIds) => this.#tellTakenIn(turnIds) }, started, (event) => this.#show(event), signal));
    } catch (thrown) {
      if (thrown instanceof StaleFence) return log('warn', 'a turn went on elsewhere', { turnId: turn.id });
      if (signal.reason instanceof Suspended) return await store.suspendTurn(fence);
      const reason: unknown = signal.aborted ? signal.reason : thrown;
      if (!(reason instanceof GatewayError)) throw thrown;
      await this.#end(fence, this.#endedBy(reason));
    } finally {
      clearTimeout(timer);
      void budgets.lookAfter({ caller: turn.caller, place: session });
    }
  }

  #show(event: LivePiece | LiveNews): void {
    if (event.type === 'text') {
      this.#text = event.message === this.#message ? this.#text + event.delta : event.delta;
      this.#message = event.message;
      this.#step = event.step;
    } else if (event.type === 'retry' || event.type === 'tool_call') this.#text = '';
    this.#tell(event);
  }

  #tell(event: LivePiece | LiveNews | LiveEnd): void {
    if (this.#session) this.#deps.bus.publish({ kind: 'turn', turnId: this.lease.turnId, session: this.#session, event });
  }

  #tellTakenIn(turnIds: readonly string[]): void {
    const { bus } = this.#deps;
    for (const turnId of turnIds) {
      if (this.#session) bus.publish({ kind: 'turn', turnId, session: this.#session, event: { type: 'failed', code: 'turn_cancelled', message: `It went into ${this.lease.turnId}, which was running` } });
    }
  }

  async #end(fence: Fence, ending: TurnEnding): Promise<void> {
    const { store, log } = this.#deps;
    let event: LiveEnd = ending.reply
      ? { type: 'done', reply: ending.reply }
      : { type: 'failed', ...(ending.error ?? NO_REPLY) };
    try {
      const files = await this.#changedFiles();
      await persistently(() => store.endTurn(fence, { ...ending, files }), log);
    } catch (thrown) {
      if (!(thrown instanceof StaleFence)) throw thrown;
      // Either another worker has it, or our own end held and only its answer was lost.
      const turn = await persistently(() => store.findTurn(fence.turnId), log);
      if (!turn || !isOver(turn)) return;
      if (!turn.reply) event = { type: 'failed', ...(turn.error ?? NO_REPLY) };
    }
    this.#tell(event);
  }

  /** What was made in the folder of a task since it first began. Plain messages are not asked for it. */
  async #changedFiles(): Promise<TurnEnding['files']> {
    const { task, turn, session } = this.#started ?? {};
    if (!task || !session || turn?.startedAt === undefined) return undefined;
    const own = this.#deps.agent.settings(session).workspaceFolder;
    return changedFiles(task.workingDirectory ?? (await realpath(own).catch(() => own)), turn.startedAt);
  }

  /** An end from outside the agent's loop; what it had said by then is kept. */
  #endedBy(error: GatewayError): TurnEnding {
    const now = this.#deps.now();
    return {
      state: error.code === 'turn_cancelled' ? 'cancelled' : 'failed',
      message: this.#text === '' ? undefined : { id: this.#message, text: this.#text, opaque: undefined, usage: undefined },
      reply: undefined,
      error: { code: error.code, message: error.message },
      now,
    };
  }
}

const refusalOf = ({ crashes, turn }: StartedTurn): GatewayError | undefined => {
  if (turn.cancelRequested) return new GatewayError('turn_cancelled', 'Cancelled');
  if (crashes < CRASHES_ALLOWED) return undefined;
  return new GatewayError('turn_quarantined', `The gateway went down ${crashes} times while it ran this turn, so it is not tried again`);
};
