import { type ErrorCode, type EventOf, GatewayError, type InputOf, type Operation, type OutputOf, toGatewayError } from '@openclaw/contract';
import { drain } from '../kernel/drain.ts';
import { FixedWindow } from '../kernel/fixed-window.ts';
import type { Log } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { RateLimiter, Taken } from './ports/rate-limiter.ts';
import { type AuditTrail, type Caller, inHandsOfTool, isDeciding, mayEnter, resourceOf } from './access/index.ts';
import { AnsweredOnce, onceOf } from './door/answered-once.ts';
import { requireWithin } from './door/own-conversation.ts';
import { parse, parsedOrNothing } from './door/read-input.ts';
import type { Once } from './ports/once.ts';
import type { Store } from './ports/store.ts';
import type { Conversation, NewTurn } from './ports/turn-records.ts';

/** What comes with a request besides its input. */
export interface Call {
  readonly caller: Caller;
  readonly idempotencyKey?: string | undefined;
  /** Fires when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** Nobody looks at the events: none need be made. */
  readonly quiet?: boolean;
  /** The caller did not ask for this, a surface does so for them: it takes nothing of their limit, and is no deed of theirs. */
  readonly unasked?: boolean;
  /** Told, before anything else is, how much of the caller's limit is left; not where they have none. */
  readonly counted?: (allowance: Allowance) => void;
  /** Where it came in, for the audit log. */
  readonly origin?: Origin | undefined;
  /** What a way in adds that no request can say of itself. */
  readonly entrusted?: Entrusted | undefined;
}

export interface Entrusted extends Pick<NewTurn, 'source' | 'images' | 'duties' | 'arrival'> {
  /** The session it makes is many people's: whoever writes first does not own it. */
  readonly shared?: boolean;
  /** Where a message of the same session still waits, this one joins it: both are answered at once. */
  readonly joins?: boolean;
  /** How long the idempotency key is kept, where the one who repeats may come back later than after a day. */
  readonly keepKeyMs?: number;
  /** By what a request is known as the same, where that is not its input: what was made of one that came twice may differ. */
  readonly fingerprint?: string;
  /** Of a tool: where it is used. */
  readonly conversation?: Conversation;
  /** Told where the message under this key was stored before. */
  readonly onRepeat?: () => void;
}

export interface Origin {
  readonly surface: 'http' | 'socket' | 'tool' | 'webhook' | 'cron' | 'channel';
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface HandlerContext {
  readonly caller: Caller;
  /** Goes into the transaction that makes something, so that the same request makes it once. */
  readonly once: Once | undefined;
  readonly signal: AbortSignal;
  /** Nobody looks at the events. */
  readonly quiet: boolean;
  readonly entrusted: Entrusted;
}

/** A handler returns its output. One that has events to show is an async generator: it yields them first. */
export type Handler<Op extends Operation> = (
  input: InputOf<Op>,
  context: HandlerContext,
) => Promise<OutputOf<Op>> | AsyncGenerator<EventOf<Op>, OutputOf<Op>>;

export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  /** When the minute is over, in epoch milliseconds; and how long that is from now. */
  readonly resetsAt: number;
  readonly resetsInSeconds: number;
}

interface Deps {
  readonly store: Pick<Store, 'findAnswer' | 'recordAnswer'>;
  readonly audit: AuditTrail;
  readonly metrics: Metrics;
  /** Absent: this node counts requests for itself. */
  readonly rates?: RateLimiter | undefined;
  readonly log: Log;
  /** Told of what nobody foresaw. */
  readonly unforeseen?: ((operation: string) => void) | undefined;
  readonly now?: () => number;
}

type Run<Op extends Operation> = AsyncGenerator<EventOf<Op>, OutputOf<Op>>;
type AnyHandler = (input: unknown, context: HandlerContext) => Promise<unknown> | AsyncGenerator<unknown, unknown>;

const never = new AbortController().signal;
const NOTHING: Entrusted = {};

/** The one door: every surface calls operations here, so checks live here and nowhere else. */
export class Gateway {
  readonly #handlers = new Map<string, AnyHandler>();
  readonly #deps: Deps;
  readonly #answered: AnsweredOnce;
  readonly #now: () => number;
  readonly #rates: RateLimiter;
  readonly #observe: (seconds: number, ...labels: string[]) => void;
  #closed = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#answered = new AnsweredOnce(deps.store);
    this.#now = deps.now ?? Date.now;
    this.#rates = deps.rates ?? new FixedWindow(60_000);
    this.#observe = deps.metrics.histogram(
      'openclaw_operation_seconds', 'Time from asking to answer, by operation and outcome', [0.005, 0.025, 0.1, 0.5, 2, 10, 60], 'operation', 'outcome',
    );
  }

  handle<Op extends Operation>(operation: Op, handler: Handler<Op>): this {
    // Kept beside its operation: `run` hands it only input that this operation's schema has read.
    this.#handlers.set(operation.name, handler as AnyHandler);
    return this;
  }

  handles(operation: Operation): boolean {
    return this.#handlers.has(operation.name);
  }

  /** The gateway is stopping: no new work from now on. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Checks at once, then runs as you iterate; the generator's return value is the output. The input, or how to read it from what a
   * client sent: that happens in here too, so that what cannot be read counts like everything else.
   */
  run<Op extends Operation>(operation: Op, input: unknown, call: Call): Run<Op> {
    return this.#show(this.#enter(operation, input, call));
  }

  /** The same for whoever waits for the output alone: it takes fewer promises than a run that shows what happens. */
  async call<Op extends Operation>(operation: Op, input: unknown, call: Call): Promise<OutputOf<Op>> {
    const entered = this.#enter(operation, input, call);
    let outcome: Outcome = 'ok';
    let output: OutputOf<Op> | undefined;
    try {
      if (entered.admitted) await entered.admitted;
      if (entered.once) output = await this.#answered.earlier(entered, this.#now());
      if (output === undefined) {
        const work = this.#begin(entered, true);
        output = work instanceof Promise ? await work : await drain(work);
        if (entered.once) await this.#answered.keep(entered, output);
      }
      return output;
    } catch (thrown) {
      const error = this.#failed(entered, thrown);
      outcome = error.code;
      throw error;
    } finally {
      const left = this.#leave(entered, outcome, output);
      if (left) await left;
    }
  }

  #enter<Op extends Operation>(operation: Op, input: unknown, asked: Call): Entered<Op> {
    const startedAt = performance.now();
    const call = asked.origin?.surface === 'tool' ? { ...asked, caller: inHandsOfTool(asked.caller) } : asked;
    const read = (): unknown => (typeof input === 'function' ? input() : input);
    try {
      const admitted = this.#admit(operation, call);
      // Whoever sent what cannot be read does not wait to be counted.
      admitted?.catch(() => {});
      const parsed = parse(operation, read());
      this.#checkWorkspace(call.caller, parsed);
      if (call.caller.bound && call.origin?.surface === 'tool') requireWithin(operation, parsed, call.entrusted?.conversation);
      return { operation, call, startedAt, input: parsed, admitted, once: onceOf(operation, parsed, call, this.#now()) };
    } catch (thrown) {
      const error = toGatewayError(thrown);
      this.#account({ operation, call, startedAt, input: error.code === 'forbidden' ? parsedOrNothing(operation, read) : undefined }, error.code);
      throw error;
    }
  }

  /** Throws at once what this node knows; a promise is of what it must ask others. */
  #admit(operation: Operation, { caller, unasked, origin, counted }: Call): Promise<void> | undefined {
    if (!this.#handlers.has(operation.name)) throw new GatewayError('not_found', `Nothing here does ${operation.name}`);
    if (caller.revoked.aborted) throw new GatewayError('auth_invalid', 'The credential no longer holds');
    if (origin?.surface === 'tool' && isDeciding(operation.permission)) {
      throw new GatewayError('forbidden', `No tool of an agent may do ${operation.name}, whoever the agent works for`);
    }
    if (!caller.permissions.has(operation.permission)) {
      throw new GatewayError('forbidden', `This credential lacks the permission ${operation.permission}`, { permission: operation.permission });
    }
    if (this.#closed && operation.kind === 'write') {
      throw new GatewayError('draining', 'The gateway is stopping; try again in a moment', { retryAfterSeconds: 5 });
    }
    const { requestsPerMinute } = caller.limits;
    if (requestsPerMinute === undefined || unasked) return undefined;
    const taken = this.#rates.take(caller.id, requestsPerMinute, this.#now());
    const weigh = ({ allowed, remaining, resetsAt }: Taken): void => {
      const resetsInSeconds = Math.max(1, Math.ceil((resetsAt - this.#now()) / 1000));
      counted?.({ limit: requestsPerMinute, remaining, resetsAt, resetsInSeconds });
      if (!allowed) throw rateLimited(resetsInSeconds);
    };
    if (taken instanceof Promise) return taken.then(weigh);
    weigh(taken);
    return undefined;
  }

  #checkWorkspace(caller: Caller, input: unknown): void {
    if (typeof input !== 'object' || input === null || !('workspace' in input)) return;
    const { workspace } = input;
    if (typeof workspace === 'string' && !mayEnter(caller, workspace)) {
      throw new GatewayError('forbidden', `This credential may not use the workspace ${workspace}`, { workspace });
    }
  }

  async *#show<Op extends Operation>(entered: Entered<Op>): Run<Op> {
    let outcome: Outcome = 'left';
    let output: OutputOf<Op> | undefined;
    try {
      // Where others must be asked whether it is let in.
      await entered.admitted;
      output = await this.#answered.earlier(entered, this.#now());
      if (output === undefined) {
        const work = this.#begin(entered, entered.call.quiet ?? false);
        output = work instanceof Promise ? await work : yield* work;
        await this.#answered.keep(entered, output);
      }
      outcome = 'ok';
      return output;
    } catch (thrown) {
      const error = this.#failed(entered, thrown);
      outcome = error.code;
      throw error;
    } finally {
      await this.#leave(entered, outcome, output);
    }
  }

  #begin<Op extends Operation>({ operation, input, call, once }: Entered<Op>, quiet: boolean): Promise<OutputOf<Op>> | Run<Op> {
    const handler = this.#handlers.get(operation.name);
    if (!handler) throw new GatewayError('not_found', `Nothing here does ${operation.name}`);
    // Its handler yields this operation's events and returns its output.
    return handler(input, new Context(call, once, quiet)) as Promise<OutputOf<Op>> | Run<Op>;
  }

  #failed({ operation }: Entered<Operation>, thrown: unknown): GatewayError {
    const error = toGatewayError(thrown);
    if (error.code === 'internal') {
      this.#deps.log('error', `${operation.name} failed unexpectedly`, { cause: describe(error.cause) });
      this.#deps.unforeseen?.(operation.name);
    }
    return error;
  }

  #leave(entered: Entered<Operation>, outcome: Outcome, answer: unknown): Promise<void> | undefined {
    const { operation } = entered;
    this.#account(entered, outcome, answer);
    // Who may do what, and what holds for all, is in the log before anybody is told that it changed.
    return isDeciding(operation.permission) && operation.kind === 'write' ? this.#deps.audit.flush({ durable: true }) : undefined;
  }

  #account({ operation, call: { caller, origin, unasked }, startedAt, input }: Asked, outcome: Outcome, answer?: unknown): void {
    this.#observe((performance.now() - startedAt) / 1000, operation.name, outcome);
    if (unasked) return;
    if (operation.kind === 'read' && !operation.audited && outcome !== 'forbidden') return;
    const { name } = operation;
    this.#deps.audit.add({ at: this.#now(), caller: caller.id, label: caller.label, operation: name, outcome, resource: resourceOf(name, input, answer), ...origin });
  }
}

const rateLimited = (retryAfterSeconds: number): GatewayError =>
  new GatewayError('rate_limited', `Rate limit exceeded. Try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });
type Outcome = ErrorCode | 'ok' | 'left';

/** A request, as far as it could be read. */
interface Asked {
  readonly operation: Operation;
  readonly call: Call;
  readonly startedAt: number;
  readonly input: unknown;
}

/** A request that was let in. */
interface Entered<Op extends Operation> extends Asked {
  readonly operation: Op;
  readonly input: InputOf<Op>;
  /** Of what other nodes must be asked. */
  readonly admitted: Promise<void> | undefined;
  readonly once: Once | undefined;
}

/** What a handler sees of a call. Its signal is looked at only by who may wait long: a surface may make it when it is asked for. */
class Context implements HandlerContext {
  readonly #call: Call;
  readonly once: Once | undefined;
  readonly quiet: boolean;

  constructor(call: Call, once: Once | undefined, quiet: boolean) {
    this.#call = call;
    this.once = once;
    this.quiet = quiet;
  }

  get caller(): Caller {
    return this.#call.caller;
  }

  get signal(): AbortSignal {
    return this.#call.signal ?? never;
  }

  get entrusted(): Entrusted {
    return this.#call.entrusted ?? NOTHING;
  }
}

const describe = (cause: unknown): string => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
