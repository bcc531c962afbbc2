import type { Lease, TurnQueue } from '../../packages/gateway/src/engine/ports/queue.ts';
import type { NewSession } from '../../packages/gateway/src/engine/ports/session-records.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import type {
  AcceptedTurn, Fence, NewTurn, StartedTurn, StepRecord, StepUsage, TurnEnding,
} from '../../packages/gateway/src/engine/ports/turn-records.ts';

export interface OpenPair {
  readonly store: Store;
  readonly queue: TurnQueue;
  close(): Promise<void>;
}

export const NOW = Date.UTC(2026, 10, 21, 9, 0, 0);
let made = 0;
/** Unique in this process, and in the order it was asked for. */
export const fresh = (prefix: string): string => `${prefix}_${process.pid}_${String(++made).padStart(6, '0')}`;

export const newSession = (key: string, over: Partial<NewSession> = {}): NewSession => ({
  id: fresh('sess'), key, kind: 'main', label: undefined, agent: 'main', workspace: 'main', userId: undefined, channel: 'test', now: NOW, ...over,
});

export const newTurn = (session: NewTurn['session'], over: Partial<NewTurn> = {}): NewTurn => ({
  id: fresh('turn'), messageId: fresh('msg'), session, text: 'hello', context: {}, options: {},
  caller: { id: 'tester', permissions: ['messages:write'], workspaces: ['*'] }, now: NOW, once: undefined, ...over,
});

export const usage = (over: Partial<StepUsage> = {}): StepUsage => ({
  model: 'test/model', inputTokens: 10, outputTokens: 5, cacheReadTokens: 2, cacheWriteTokens: 1, costUSD: 0.25, latencyMs: 120, ...over,
});

export const step = (over: Partial<StepRecord> = {}): StepRecord => ({
  messageId: fresh('msg'), text: '', opaque: undefined, usage: usage(), now: NOW,
  toolCalls: [{ id: 'call_1', tool: 'time', input: { zone: 'UTC' }, effect: 'none' }], ...over,
});

export const done = (started: StartedTurn, text = 'an answer', over: Partial<StepUsage> = {}): TurnEnding => {
  const id = fresh('msg');
  const { costUSD, latencyMs, model, ...tokens } = usage(over);
  return {
    state: 'done',
    message: { id, text, opaque: undefined, usage: usage(over) },
    reply: {
      messageId: id, turnId: started.turn.id, sessionId: started.session.id, sessionKey: started.session.key, text, model,
      usage: { ...tokens, costUSD: costUSD ?? null }, toolsInvoked: [], finishReason: 'stop', latencyMs,
    },
    error: undefined,
    now: NOW,
  };
};

export const failed: TurnEnding = {
  state: 'failed', message: undefined, reply: undefined, error: { code: 'model_failed', message: 'The model failed' }, now: NOW,
};

/** Names one execution, on a node that lives on or on another one. */
export const run = (owner = 'node_1'): string => `${owner}/${fresh('run')}`;

/** What a worker does, in one call each. */
export class Worker {
  readonly store: Store;
  readonly queue: TurnQueue;

  constructor({ store, queue }: Pick<OpenPair, 'store' | 'queue'>) {
    this.store = store;
    this.queue = queue;
  }

  accept(key: string, over: Partial<NewTurn> = {}): Promise<AcceptedTurn> {
    return this.store.acceptTurn(newTurn(newSession(key), over));
  }

  async take(): Promise<Lease> {
    const [lease] = await this.queue.take(1);
    if (!lease) throw new Error('nothing to take');
    return lease;
  }

  async start(lease: Lease, execution = run()): Promise<StartedTurn> {
    const started = await this.store.startTurn(lease, execution);
    if (!started) throw new Error(`turn ${lease.turnId} is over`);
    return started;
  }

  async begin(): Promise<StartedTurn> {
    return this.start(await this.take());
  }

  /** Takes, starts and ends one turn; resolves to its id. */
  async runOne(text = 'an answer'): Promise<string> {
    const started = await this.begin();
    await this.store.endTurn(started.fence, done(started, text));
    return started.turn.id;
  }

  /** Runs whatever waits, one after the other; resolves to the ids in the order they ran. */
  async runAll(): Promise<string[]> {
    const ran: string[] = [];
    for (;;) {
      const [lease] = await this.queue.take(1);
      if (!lease) return ran;
      const started = await this.start(lease);
      await this.store.endTurn(started.fence, done(started));
      ran.push(started.turn.id);
    }
  }

  lease({ fence }: { readonly fence: Fence }): Lease {
    return { jobId: fence.jobId, turnId: fence.turnId };
  }
}
