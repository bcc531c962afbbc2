import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { named } from '@openclaw/client';
import { GatewayError, isErrorCode } from '@openclaw/contract/errors';
import type { Reply, RequestOf, runTask, sendMessage, TurnEvent, watchTurn } from '@openclaw/contract';
import type { CliHost } from '../host.ts';

const WATCH = named<typeof watchTurn>('turns.watch');
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3_000;

export type ShownEvent = TurnEvent | { readonly type: 'lost'; readonly reason: string };

interface Options {
  readonly signal?: AbortSignal;
  /** How long the turn may be waited for, all connections together. */
  readonly seconds: number;
  /** Whether a gateway that is not there yet is waited for. One that goes away during the turn always is. */
  readonly patient: boolean;
}

/**
 * Begins a turn and shows it to its end, over as many connections as it takes. What is sent twice bears one idempotency key, so it is
 * not done twice; what was shown is not shown again: a stream that broke off goes on where it was.
 */
export async function* throughRestarts<Op extends typeof sendMessage | typeof runTask>(
  host: CliHost,
  operation: Op,
  input: RequestOf<Op>,
  { signal, seconds, patient }: Options,
): AsyncGenerator<ShownEvent, Reply> {
  const idempotencyKey = randomUUID();
  const until = performance.now() + seconds * 1000;
  const seen: { turn?: string; after?: string } = {};
  const note = (event: TurnEvent): TurnEvent => {
    if (event.type === 'started') seen.turn = event.turnId;
    if ('cursor' in event && event.cursor !== undefined) seen.after = event.cursor;
    return event;
  };
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      // Anew each time: after its restart a gateway may listen elsewhere.
      const { client } = await host.connect();
      const { turn, after } = seen;
      if (turn === undefined) {
        const run = client.stream<typeof sendMessage | typeof runTask>(operation, input, { idempotencyKey, ...(signal && { signal }) });
        for (let step = await run.next(); ; step = await run.next()) {
          if (!step.done) yield note(step.value);
          else if ('text' in step.value) return step.value;
          else throw new GatewayError('internal', 'The gateway ended without an answer');
        }
      }
      const run = client.stream(WATCH, { turn, timeoutSeconds: left(until), ...(after !== undefined && { after }) }, signal ? { signal } : {});
      for (let step = await run.next(); ; step = await run.next()) {
        if (!step.done) yield note(step.value);
        else if (step.value.reply) return step.value.reply;
        else throw toError(step.value.error);
      }
    } catch (thrown) {
      const worthIt = passes(thrown) && (patient || seen.turn !== undefined) && performance.now() < until;
      if (signal?.aborted || !worthIt) throw thrown;
      yield { type: 'lost', reason: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    await pause(wait, undefined, signal ? { signal } : {});
  }
}

const left = (until: number): number => Math.max(1, Math.ceil((until - performance.now()) / 1000));

const toError = (error: { readonly code: string; readonly message: string } | null): GatewayError =>
  new GatewayError(error && isErrorCode(error.code) ? error.code : 'internal', error?.message ?? 'The turn ended without a reply');

/** A fault of the moment: the turn goes on without us. */
const passes = (thrown: unknown): boolean => {
  if (thrown instanceof GatewayError) return ['draining', 'starting', 'store_unavailable'].includes(thrown.code);
  return thrown instanceof Error && thrown.name === 'Unreachable';
};
