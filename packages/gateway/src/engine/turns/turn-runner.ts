import { GatewayError } from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import type { Lease, TurnQueue } from '../ports/queue.ts';
import type { AcceptedTurn, NewTurn, StartedTurn } from '../ports/turn-records.ts';
import { type AgentLimits, askFor, roomsLeft } from './agent-rooms.ts';
import type { LiveTurns } from './live-turns.ts';
import { persistently } from './persist.ts';
import { type ExecutionDeps, TurnExecution } from './turn-execution.ts';

/** How often leases are renewed and the queue is looked at without being woken. */
const ROUND_MS = 1_000;
/** Turns that may wait before more are refused. */
const MOST_QUEUED = 20_000;

interface Deps extends ExecutionDeps {
  readonly queue: TurnQueue;
  readonly live: LiveTurns;
  readonly slots: () => number;
  readonly agentLimits: () => AgentLimits;
}

interface Running {
  readonly execution: TurnExecution;
  readonly over: Promise<void>;
  readonly agent: string | undefined;
}

/** Takes turns from the queue and runs them, as many at a time as there are slots. */
export class TurnRunner {
  readonly #deps: Deps;
  readonly #running = new Map<string, Running>();
  /** Turns this node accepted that could not begin at once: while there are some, every end of a turn looks for the next. */
  #waiting = 0;
  /** Turns in the queue, as of the last round. */
  #queued = 0;
  /** Turns that are being accepted, each with a slot kept for it, and their agents. */
  readonly #reserved = new Map<string, string | undefined>();
  /** A transaction that may have given jobs to this node ended in an error. */
  #lostAnswers = false;
  /** What is begun now would be taken for lost: the list of what is known has gone out. */
  #reclaiming = false;
  readonly #name = newId('node', Date.now());
  #timer: NodeJS.Timeout | undefined;
  #taking: Promise<void> | undefined;
  /** Cleared in the same step that finds nothing more to do, so that no wake falls between. */
  #isTaking = false;
  #again = false;
  #stopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    deps.live.onWake(() => this.wake());
    deps.live.onCancel((turnId) => this.#running.get(turnId)?.execution.cancel());
    deps.live.onCatchUp((turnId) => this.#running.get(turnId)?.execution.tellAgain());
  }

  start(): void {
    this.#timer = setInterval(() => void this.#round(), ROUND_MS);
    this.wake();
  }

  get running(): number {
    return this.#running.size;
  }

  /** Throws when more waits than will be done any time soon. */
  refuseIfFull(): void {
    if (this.#queued >= MOST_QUEUED) throw new GatewayError('gateway_busy', 'Too many turns are waiting; try again later', { retryAfterSeconds: 10 });
  }

  /** Stores a turn; one that can run here and now is begun in the same transaction. */
  async accept(turn: NewTurn): Promise<AcceptedTurn> {
    const { store, queue } = this.#deps;
    const { owner } = queue;
    const agent = 'key' in turn.session ? turn.session.agent : undefined;
    const here = owner !== undefined && !this.#stopped && !this.#reclaiming && this.#free() > 0 && this.#hasRoom(agent);
    if (here) this.#reserved.set(turn.id, agent);
    try {
      const accepted = await store.acceptTurn(turn, here ? { owner, execution: this.#newExecution() } : undefined);
      if (accepted.started) this.#begin({ jobId: accepted.started.fence.jobId, turnId: accepted.turnId, agent }, accepted.started);
      else if (!accepted.replayed) this.#mustWait();
      return accepted;
    } catch (thrown) {
      // It may have been stored, and even begun, with only the answer lost.
      this.#lostAnswers = true;
      throw thrown;
    } finally {
      this.#reserved.delete(turn.id);
    }
  }

  #mustWait(): void {
    this.#waiting++;
    this.#queued++;
    this.#deps.bus.publish({ kind: 'wake' });
  }

  #newExecution(): string {
    return `${this.#deps.queue.owner ?? this.#name}/${newId('run', this.#deps.now())}`;
  }

  /** Something may be waiting. */
  wake(): void {
    this.#again = true;
    if (!this.#isTaking) this.#taking = this.#take();
  }

  /** Takes nothing more; lets what runs finish until `graceMs` is over, then gives it back to the queue. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#taking;
    const all = (): Promise<unknown> => Promise.all([...this.#running.values()].map(({ over }) => over));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([all(), new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
    clearTimeout(timer);
    for (const { execution } of this.#running.values()) execution.suspend();
    await all();
  }

  /** Aborts whatever of a session runs here, and waits until it has. */
  async cancelSession(sessionId: string): Promise<void> {
    const mine = [...this.#running.values()].filter(({ execution }) => execution.sessionId === sessionId);
    for (const { execution } of mine) execution.cancel('The session was deleted');
    await Promise.all(mine.map(({ over }) => over));
  }

  async #round(): Promise<void> {
    this.wake();
    await this.#measure();
    const leases = [...this.#running.values()].map(({ execution }) => execution.lease);
    if (leases.length === 0) return;
    await this.#deps.queue.renew(leases).catch((thrown: unknown) => this.#complain('leases could not be renewed', thrown));
    if (this.#deps.queue.owner === undefined) await this.#heedCancels();
  }

  async #measure(): Promise<void> {
    const depth = await this.#deps.queue.depth().catch(() => undefined);
    if (depth) this.#queued = depth.queued;
  }

  /** With several nodes, the word that a turn is to be cancelled can be lost on its way; the row it was written to is not. */
  async #heedCancels(): Promise<void> {
    for (const [turnId, { execution }] of this.#running) {
      const turn = await this.#deps.store.findTurn(turnId).catch(() => undefined);
      if (turn?.cancelRequested && turn.state === 'running') execution.cancel();
    }
  }

  async #take(): Promise<void> {
    this.#isTaking = true;
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#reclaim();
        const free = this.#free();
        if (free <= 0) return;
        const { limit, without } = askFor(free, this.#rooms());
        const leases = await this.#deps.queue.take(limit, without);
        // There may be more than could be asked for in one go.
        if (leases.length === limit && limit < free) this.#again = true;
        this.#waiting = Math.max(0, this.#waiting - leases.length);
        for (const lease of leases) this.#begin(lease);
      }
    } catch (thrown) {
      this.#lostAnswers = true;
      this.#complain('the queue could not be read', thrown);
    } finally {
      this.#isTaking = false;
    }
  }

  /** After an error that may have hidden a success: jobs this node holds without knowing go back. */
  async #reclaim(): Promise<void> {
    if (!this.#lostAnswers) return;
    this.#lostAnswers = false;
    this.#reclaiming = true;
    try {
      await this.#deps.queue.reclaim([...this.#running.keys(), ...this.#reserved.keys()]);
    } finally {
      this.#reclaiming = false;
    }
  }

  #free(): number {
    return this.#deps.slots() - this.#running.size - this.#reserved.size;
  }

  #rooms(): ReadonlyMap<string, number> {
    const limits = this.#deps.agentLimits();
    return limits.size === 0 ? limits : roomsLeft(limits, [...this.#reserved.values(), ...[...this.#running.values()].map(({ agent }) => agent)]);
  }

  /** Whether a turn of this agent may begin past the queue: not where it has a limit and others may wait for the same room. */
  #hasRoom(agent: string | undefined): boolean {
    const rooms = this.#rooms();
    if (rooms.size === 0) return true;
    if (agent === undefined) return false;
    const room = rooms.get(agent);
    return room === undefined || (room > 0 && this.#waiting === 0 && !this.#isTaking);
  }

  #begin(lease: Lease, started?: StartedTurn): void {
    const { store, log } = this.#deps;
    const name = this.#newExecution();
    const execution = new TurnExecution(this.#deps, lease);
    const over = execution
      .run(async () => started ?? persistently(() => store.startTurn(lease, name), log))
      .catch((thrown: unknown) => {
        this.#lostAnswers = true;
        this.#complain('a turn could not be brought to its end', thrown, lease.turnId);
      })
      .finally(() => {
        this.#running.delete(lease.turnId);
        // What came straight from its caller left the queue as it was, unless others wait.
        if (!started || this.#waiting > 0) this.wake();
      });
    this.#running.set(lease.turnId, { execution, over, agent: lease.agent });
  }

  #complain(message: string, thrown: unknown, turnId?: string): void {
    this.#deps.log('error', message, { cause: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), ...(turnId && { turnId }) });
  }
}
