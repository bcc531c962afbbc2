import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { named } from '@openclaw/client';
import { GatewayError } from '@openclaw/contract/errors';
import type { Reply, RequestOf, sendMessage, TurnEvent } from '@openclaw/contract';
import type { CliHost } from '../host.ts';

const SEND = named<typeof sendMessage>('messages.send');
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3_000;

export type AskEvent = TurnEvent | { readonly type: 'lost'; readonly reason: string };

/**
 * Sends a message and shows its turn, over as many connections as it takes. All of them bear one idempotency key:
 * a message that arrived is not given a second time, and its answer is picked up wherever it stands.
 */
export async function* askThroughRestarts(host: CliHost, input: RequestOf<typeof sendMessage>, signal: AbortSignal): AsyncGenerator<AskEvent, Reply> {
  const idempotencyKey = randomUUID();
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      // Anew each time: after its restart a gateway may listen elsewhere.
      const { client } = await host.connect();
      const run = client.stream(SEND, input, { idempotencyKey, signal });
      for (let step = await run.next(); ; step = await run.next()) {
        if (!step.done) yield step.value;
        else if ('text' in step.value) return step.value;
        else throw new GatewayError('internal', 'The gateway ended without an answer');
      }
    } catch (thrown) {
      if (signal.aborted || !passes(thrown)) throw thrown;
      yield { type: 'lost', reason: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    await pause(wait, undefined, { signal });
  }
}

/** A fault of the moment: the same message is answered later. */
const passes = (thrown: unknown): boolean => {
  if (thrown instanceof GatewayError) return ['draining', 'starting', 'store_unavailable', 'timeout'].includes(thrown.code);
  return thrown instanceof Error && thrown.name === 'Unreachable';
};
