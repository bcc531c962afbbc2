import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../../engine/access/index.ts';
import type { Allowance, Call, Origin } from '../../../engine/gateway.ts';

/** A request as the door sees it. */
export class HttpCall implements Call {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  #gone: AbortController | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#request = request;
    this.#reply = reply;
  }

  get caller(): Caller {
    return this.#request.caller;
  }

  get idempotencyKey(): string | undefined {
    const key = this.#request.headers['idempotency-key'];
    return Array.isArray(key) ? key[0] : key;
  }

  get origin(): Origin {
    return { surface: 'http', address: this.#request.address, requestId: this.#request.id };
  }

  /** Made for who asks for it: most are answered before they could be left alone. */
  get signal(): AbortSignal {
    this.#gone ??= this.#watch();
    return this.#gone.signal;
  }

  readonly counted = (allowance: Allowance): void => void this.#reply.headers(limitHeaders(allowance));

  #watch(): AbortController {
    const gone = new AbortController();
    const { raw } = this.#reply;
    const look = (): void => {
      if (raw.destroyed && !raw.writableFinished) gone.abort();
    };
    look();
    raw.on('close', look);
    return gone;
  }
}

/** Both families of names: the one the documents print, and the IETF's. */
const limitHeaders = ({ limit, remaining, resetsAt, resetsInSeconds }: Allowance): Readonly<Record<string, string>> => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(Math.ceil(resetsAt / 1000)),
  'ratelimit-policy': `"minute";q=${limit};w=60`,
  'ratelimit': `"minute";r=${remaining};t=${resetsInSeconds}`,
});
