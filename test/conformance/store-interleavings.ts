import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lease } from '../../packages/gateway/src/engine/ports/queue.ts';
import { StaleFence, type StartedTurn } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { done, failed, fresh, NOW, run, type Worker } from './turn-fixture.ts';

type Move = 'accept' | 'take' | 'start' | 'crash' | 'end' | 'fail' | 'suspend' | 'cancel';
const MOVES: readonly Move[] = ['accept', 'accept', 'accept', 'take', 'take', 'start', 'start', 'end', 'end', 'fail', 'suspend', 'crash', 'cancel'];

interface ModelTurn {
  readonly id: string;
  state: 'queued' | 'held' | 'running' | 'over';
  lease?: Lease;
  started?: StartedTurn;
}

/** What must be true of sessions, whatever is done to them in which order. */
class Model {
  readonly #worker: Worker;
  readonly #sessions = new Map<string, ModelTurn[]>();

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  async play(move: Move, pick: number): Promise<void> {
    const { store } = this.#worker;
    if (move === 'accept') return this.#accept(pick);
    if (move === 'take') return this.#take(1 + (pick % 3));
    if (move === 'cancel') return this.#cancel(pick);
    const turn = this.#pick(pick, move === 'start' ? 'held' : 'running');
    if (!turn) return;
    if (move === 'start') return this.#start(turn);
    if (move === 'crash') return this.#crash(turn);
    const { started } = turn;
    if (!started) return;
    if (move === 'suspend') await store.suspendTurn(started.fence);
    else await store.endTurn(started.fence, move === 'end' ? done(started) : failed);
    turn.state = move === 'suspend' ? 'queued' : 'over';
    await expect(store.endTurn(started.fence, failed)).rejects.toBeInstanceOf(StaleFence);
  }

  /** Whatever is left runs to its end, in order. */
  async finish(): Promise<void> {
    for (;;) {
      for (const turn of this.#in('held')) await this.#start(turn);
      for (const turn of this.#in('running')) await this.play('end', this.#in('running').indexOf(turn));
      const before = this.#in('queued').length;
      await this.#take(3);
      if (before === 0) return;
      if (this.#in('queued').length === before) throw new Error('turns wait and cannot be taken');
    }
  }

  async #accept(pick: number): Promise<void> {
    const key = [...this.#sessions.keys(), fresh('key')][pick % Math.min(3, this.#sessions.size + 1)] ?? '';
    const { turnId } = await this.#worker.accept(key);
    this.#sessions.set(key, [...(this.#sessions.get(key) ?? []), { id: turnId, state: 'queued' }]);
  }

  async #take(limit: number): Promise<void> {
    const heads = [...this.#sessions.values()].map((turns) => turns.find(({ state }) => state !== 'over')).filter((turn) => turn?.state === 'queued');
    const leases = await this.#worker.queue.take(limit);
    expect(leases).toHaveLength(Math.min(limit, heads.length));
    for (const lease of leases) {
      const turn = heads.find((head) => head?.id === lease.turnId);
      expect(turn, 'only the first waiting turn of a session that is free may come out').toBeDefined();
      if (turn) Object.assign(turn, { state: 'held', lease });
    }
  }

  async #start(turn: ModelTurn): Promise<void> {
    if (turn.lease) turn.started = await this.#worker.start(turn.lease);
    turn.state = 'running';
  }

  async #crash(turn: ModelTurn): Promise<void> {
    const old = turn.started;
    await this.#start(turn);
    if (old) await expect(this.#worker.store.suspendTurn(old.fence)).rejects.toBeInstanceOf(StaleFence);
  }

  async #cancel(pick: number): Promise<void> {
    const all = [...this.#sessions.values()].flat();
    const turn = all[pick % Math.max(1, all.length)];
    if (!turn) return;
    const expected = { queued: 'cancelled', held: 'cancelled', running: 'running', over: 'over' }[turn.state];
    const before = turn.state;
    expect(await this.#worker.store.requestCancel(turn.id, NOW)).toBe(expected);
    if (before === 'queued' || before === 'held') turn.state = 'over';
    // A turn that was given back after it had been held is queued for the store and the model alike.
    if (before === 'held' && turn.lease) expect(await this.#worker.store.startTurn(turn.lease, run())).toBeUndefined();
  }

  #in(state: ModelTurn['state']): ModelTurn[] {
    return [...this.#sessions.values()].flat().filter((turn) => turn.state === state);
  }

  #pick(pick: number, state: ModelTurn['state']): ModelTurn | undefined {
    const some = this.#in(state);
    return some[pick % Math.max(1, some.length)];
  }
}

export const interleavingTests = (worker: () => Worker, runs: number): void => {
  test('whatever happens in which order, a session runs its turns in order and one at a time', { timeout: 60_000 }, async () => {
    const moves = fc.array(fc.tuple(fc.constantFrom(...MOVES), fc.nat(100)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const model = new Model(worker());
        for (const [move, pick] of all) await model.play(move, pick);
        await model.finish();
        expect(await worker().queue.depth()).toEqual({ queued: 0, running: 0 });
      }),
      { numRuns: runs },
    );
  });
};
