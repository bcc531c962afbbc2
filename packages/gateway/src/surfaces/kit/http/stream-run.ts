import { type GatewayError, toGatewayError } from '@openclaw/contract';
import type { FastifyReply } from 'fastify';
import { SseWriter } from './sse.ts';

interface Words {
  readonly toEvent: (event: never) => object | undefined;
  readonly toLast: (output: never) => object;
  readonly toError: (error: GatewayError) => object;
  /** Whose stream it is, where that is known before its first event. */
  readonly turn?: string;
}

const COME_BACK_MS = 1_000;

/** Failures of the wait, not of the turn: it goes on, and so may its stream. */
const PASSING = new Set(['timeout', 'draining', 'starting', 'store_unavailable']);

/** Sends what an operation tells as server-sent events. The status waits for the first of them, so that what is refused is refused with its own. */
export const streamRun = async (reply: FastifyReply, words: Words, run: AsyncGenerator<unknown, unknown>): Promise<FastifyReply> => {
  let step = await run.next();
  reply.hijack();
  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
  const sse = new SseWriter(reply.raw, headers);
  let turnId = words.turn;
  const over = (): string | undefined => (turnId === undefined ? undefined : `${turnId}:end`);
  try {
    for (; !step.done; step = await run.next()) {
      // An operation that streams yields the events its own words are for.
      const event = step.value as { readonly type: string; readonly turnId?: string; readonly cursor?: string };
      turnId ??= event.turnId ?? event.cursor?.split(':', 1)[0];
      const data = words.toEvent(event as never);
      if (data && !(await sse.send({ data, id: event.cursor }))) {
        await run.return(undefined);
        return reply;
      }
    }
    await sse.send({ data: words.toLast(step.value as never), id: over() });
  } catch (thrown) {
    const error = toGatewayError(thrown);
    const goesOn = PASSING.has(error.code);
    await sse.send({ data: words.toError(error), ...(goesOn ? { retryMs: COME_BACK_MS } : { id: over() }) });
  }
  sse.end();
  return reply;
};
