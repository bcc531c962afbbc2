import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, named } from '@openclaw/client';
import { GatewayError, isErrorCode } from '@openclaw/contract/errors';
import type { OutputOf, Reply, RequestOf, runTask, sendMessage, TurnEvent, watchTurn } from '@openclaw/contract';
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

type Asking = typeof sendMessage | typeof runTask;
type Showing = AsyncGenerator<TurnEvent, Reply>;

/** Begins a turn and shows it to its end. What is sent twice bears one idempotency key, so it is not done twice. */
export const throughRestarts = <Op extends Asking>(host: CliHost, operation: Op, input: RequestOf<Op>, options: Options): AsyncGenerator<ShownEvent, Reply> => {
  const idempotencyKey = randomUUID();
  return follow(host, (client, signal) => begin(client.stream<Asking>(operation, input, { idempotencyKey, ...signal })), options);
};

/** Shows a turn that others began to its end. */
export const watchThroughRestarts = (host: CliHost, turn: string, options: Options): AsyncGenerator<ShownEvent, Reply> =>
  follow(host, (client, signal) => watch(client.stream(WATCH, { turn, timeoutSeconds: options.seconds }, signal)), options);

/** Over as many connections as it takes. What was shown is not shown again: a stream that broke off goes on where it was. */
async function* follow(
  host: CliHost,
  open: (client: Client, signal: { readonly signal?: AbortSignal }) => Showing,
  { signal, seconds, patient }: Options,
): AsyncGenerator<ShownEvent, Reply> {
  const until = performance.now() + seconds * 1000;
  const stop = signal ? { signal } : {};
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
      const run = turn === undefined ? open(client, stop) : watch(client.stream(WATCH, { turn, timeoutSeconds: left(until), ...(after !== undefined && { after }) }, stop));
      for (let step = await run.next(); ; step = await run.next()) {
        if (step.done) return step.value;
        yield note(step.value);
      }
    } catch (thrown) {
      const worthIt = passes(thrown) && (patient || seen.turn !== undefined) && performance.now() < until;
      if (signal?.aborted || !worthIt) throw thrown;
      yield { type: 'lost', reason: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    await pause(wait, undefined, stop);
  }
}

async function* begin(run: AsyncGenerator<TurnEvent, OutputOf<Asking>>): Showing {
  const output = yield* run;
  if ('text' in output) return output;
  throw new GatewayError('internal', 'The gateway ended without an answer');
}

async function* watch(run: AsyncGenerator<TurnEvent, OutputOf<typeof watchTurn>>): Showing {
  const { reply, error } = yield* run;
  if (reply) return reply;
  throw new GatewayError(error && isErrorCode(error.code) ? error.code : 'internal', error?.message ?? 'The turn ended without a reply');
}

const left = (until: number): number => Math.max(1, Math.ceil((until - performance.now()) / 1000));

/** A fault of the moment: the turn goes on without us. */
const passes = (thrown: unknown): boolean => {
  if (thrown instanceof GatewayError) return ['draining', 'starting', 'store_unavailable'].includes(thrown.code);
  return thrown instanceof Error && thrown.name === 'Unreachable';
};
