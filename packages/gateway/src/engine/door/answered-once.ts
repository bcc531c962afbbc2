import { createHash } from 'node:crypto';
import { GatewayError, type Operation, type OutputOf } from '@openclaw/contract';
import type { Once } from '../ports/once.ts';
import type { Store } from '../ports/store.ts';

const DAY = 86_400_000;

/** The same request asked twice is done once: what was answered is kept under its key. */
export class AnsweredOnce {
  readonly #store: Pick<Store, 'findAnswer' | 'recordAnswer'>;

  constructor(store: Pick<Store, 'findAnswer' | 'recordAnswer'>) {
    this.#store = store;
  }

  async earlier<Op extends Operation>({ operation, once }: Asked<Op>, now: number): Promise<OutputOf<Op> | undefined> {
    // What tells how it comes about has no answer to give twice: whoever stores what it makes finds that it was made before.
    if (!once || operation.event !== undefined) return undefined;
    const earlier = await this.#store.findAnswer(once.scope, once.key, now);
    if (earlier && earlier.hash !== once.hash) {
      throw new GatewayError('idempotency_conflict', 'This Idempotency-Key was used for another request; use a new key');
    }
    // Answers are stored as this operation's output and read back by the same operation.
    return earlier?.answer === undefined ? undefined : (JSON.parse(earlier.answer) as OutputOf<Op>);
  }

  /** What tells how it came about can tell it again, and its answer stands in its turn; every other answer is kept for who asks again. */
  async keep<Op extends Operation>({ operation, once }: Asked<Op>, output: OutputOf<Op>): Promise<void> {
    if (once && operation.event === undefined) await this.#store.recordAnswer(once, JSON.stringify(output));
  }
}

interface Asked<Op extends Operation> {
  readonly operation: Op;
  readonly once: Once | undefined;
}

interface Keyed {
  readonly caller: { readonly id: string };
  readonly idempotencyKey?: string | undefined;
  readonly entrusted?: { readonly keepKeyMs?: number; readonly fingerprint?: string } | undefined;
}

/** Under what a request is known when it comes again; undefined where it has no key. */
export const onceOf = (operation: Operation, input: unknown, call: Keyed, now: number): Once | undefined => {
  const key = call.idempotencyKey;
  if (key === undefined || operation.kind !== 'write') return undefined;
  if (!/^[\x21-\x7e]{1,256}$/.test(key)) {
    throw new GatewayError('invalid_request', 'Idempotency-Key must be 1 to 256 visible ASCII characters');
  }
  return {
    scope: `${call.caller.id}:${operation.name}`,
    key,
    hash: call.entrusted?.fingerprint ?? createHash('sha256').update(JSON.stringify(input)).digest('base64url'),
    expiresAt: now + (call.entrusted?.keepKeyMs ?? DAY),
  };
};
