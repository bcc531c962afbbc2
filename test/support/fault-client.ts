/** A client as the documentation asks for: it tries again with the same Idempotency-Key until it has an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { ERROR_STATUS, GatewayError, type Operation, type OutputOf, type RequestOf } from '@openclaw/contract';

export interface Target {
  readonly url: string;
  readonly token: string;
}

export interface StubbornClient {
  call<Op extends Operation>(operation: Op, input: RequestOf<Op>, idempotencyKey?: string): Promise<OutputOf<Op>>;
  /** How often something was asked again. */
  readonly retries: number;
}

const PASSING: ReadonlySet<number> = new Set([503, 504, 507]);
const PAUSE_MS = 150;

/** `target` is asked before each try: a gateway may come back elsewhere. Gives up at `patienceMs` with the last failure. */
export const createStubbornClient = (target: () => Target, patienceMs = 60_000): StubbornClient => {
  let retries = 0;
  return {
    get retries() {
      return retries;
    },
    call: async (operation, input, idempotencyKey) => {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        const { url, token } = target();
        try {
          return await connect({ baseUrl: url, token }).call(operation, input, { ...(idempotencyKey !== undefined && { idempotencyKey }) });
        } catch (thrown) {
          if (!isPassing(thrown) || performance.now() > deadline) throw thrown;
          retries++;
          await sleep(PAUSE_MS);
        }
      }
    },
  };
};

/** What is not the gateway's own word is a connection that broke. */
const isPassing = (thrown: unknown): boolean => !(thrown instanceof GatewayError) || PASSING.has(ERROR_STATUS[thrown.code]);
