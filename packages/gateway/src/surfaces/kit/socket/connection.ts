import { isUtf8 } from 'node:buffer';
import { GatewayError, type Operation, toGatewayError, type TurnEvent } from '@openclaw/contract';
import type { RawData } from 'ws';
import type { Caller } from '../../../engine/access/index.ts';
import type { Gateway } from '../../../engine/gateway.ts';
import type { ClientFrame, Frame, ToolCall } from '../dialect.ts';
import { errorFrame } from './error-frame.ts';
import type { SocketLimits } from './limits.ts';
import type { PatientSocket } from './patient-socket.ts';
import { readFrame } from './read-frame.ts';

export const CLOSE = { textOnly: 1003, notUtf8: 1007, tooSlow: 1008, restarting: 1012, busy: 1013, unauthenticated: 4401 } as const;

export const RESTARTING = 'the gateway is restarting; come back in a moment';

export const credentialNeeded = (): GatewayError =>
  new GatewayError('auth_required', 'A credential is needed: add ?token= to the URL, or send {"type":"auth","token":"…"} first');

const noLongerHolds = (): GatewayError => new GatewayError('auth_invalid', 'The credential no longer holds');

/** An id a client gave its frame, where it can stand in a log. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;

export interface ConnectionDeps {
  readonly gateway: Gateway;
  readonly frames: ReadonlyMap<string, Frame>;
  readonly limits: SocketLimits;
  /** Where the client is. */
  readonly address: string;
  /** Throws where the credential is wrong. */
  readonly authenticate: (token: string) => Caller | Promise<Caller>;
  /** The client has said who it is. */
  readonly onCaller: (connection: Connection) => void;
  /** The client has asked for something: from now on it hears of what happens. */
  readonly onFirstFrame: (connection: Connection) => void;
}

/** One client on a socket: its frames in, answers and news out. */
export class Connection {
  readonly #socket: PatientSocket;
  readonly #deps: ConnectionDeps;
  readonly #left = new AbortController();
  #caller: Caller | undefined;
  /** Until it is known who the client is, what else it says waits. */
  #introduction: Promise<void> | undefined;
  #atOnce = 0;
  /** Those of them that only watch: they have no end of their own, and no answer that a leaving client waits for. */
  #watching = 0;
  #listens = false;
  #draining = false;
  /** News that was not told because the client does not read. */
  #missed = 0;
  #stalled: NodeJS.Timeout | undefined;

  constructor(socket: PatientSocket, caller: Caller | undefined, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    socket.isAnswering = () => this.#introduction !== undefined || this.#atOnce > this.#watching;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => {
      clearTimeout(this.#stalled);
      this.#left.abort();
    });
    if (caller) this.#accept(caller);
  }

  get caller(): Caller | undefined {
    return this.#caller;
  }

  /** It is owed an answer. */
  get isBusy(): boolean {
    return this.#atOnce > 0;
  }

  /** Says why, and hangs up. */
  refuse(error: GatewayError, code: number): void {
    this.#write(JSON.stringify(errorFrame(error, undefined)));
    this.#socket.hangUp(code, error.code);
  }

  /** Tells something the client did not ask for. It is left out, and counted, while the client does not read. */
  push(text: string): void {
    const { backlog, patienceMs } = this.#deps.limits;
    if (this.#socket.bufferedAmount > backlog) {
      this.#missed++;
      this.#stalled ??= setTimeout(() => this.#leaveBehind(), patienceMs);
      return;
    }
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    if (this.#missed > 0) this.#write(JSON.stringify({ type: 'gap', payload: { missed: this.#missed }, timestamp: new Date().toISOString() }));
    this.#missed = 0;
    this.#write(text);
  }

  /** Takes no new questions; hangs up when those that are open are answered. */
  drain(): void {
    this.#draining = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#atOnce === this.#watching) this.#socket.returnGoodbye();
    if (this.#draining && this.#atOnce === 0) this.#socket.hangUp(CLOSE.restarting, RESTARTING);
  }

  #accept(caller: Caller): void {
    if (caller.revoked.aborted) return this.refuse(noLongerHolds(), CLOSE.unauthenticated);
    this.#caller = caller;
    caller.revoked.addEventListener('abort', () => this.refuse(noLongerHolds(), CLOSE.unauthenticated), {
      once: true,
      signal: this.#left.signal,
    });
    this.#deps.onCaller(this);
  }

  #receive(data: RawData, isBinary: boolean): void {
    // Who is being hung up on would never hear the answer.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#introduction) return void this.#introduction.then(() => this.#receive(data, isBinary));
    if (isBinary) return this.#socket.hangUp(CLOSE.textOnly, 'send text');
    // Text comes as one buffer: that is what `ws` makes of it unless told otherwise.
    const text = data as Buffer;
    if (!isUtf8(text)) return this.#socket.fail(CLOSE.notUtf8);
    const read = readFrame(text.toString('utf8'));
    if ('refused' in read) return void this.#send(errorFrame(read.refused, read.id));
    const { frame } = read;
    const caller = this.#caller;
    if (!caller) return this.#introduce(frame);
    if (!this.#listens) {
      this.#listens = true;
      this.#deps.onFirstFrame(this);
    }
    void this.#answer(frame, caller);
  }

  /** The first frame of a client that brought no credential with it must be one. */
  #introduce({ type, id, body }: ClientFrame): void {
    const { token } = body;
    if (type !== 'auth' || typeof token !== 'string') {
      return this.refuse(credentialNeeded(), CLOSE.unauthenticated);
    }
    try {
      const caller = this.#deps.authenticate(token);
      if (caller instanceof Promise) this.#await(caller, id);
      else this.#greet(caller, id);
    } catch (thrown) {
      this.refuse(toGatewayError(thrown), CLOSE.unauthenticated);
    }
  }

  #await(caller: Promise<Caller>, id: string): void {
    this.#socket.pause();
    this.#introduction = caller
      .then((known) => this.#greet(known, id))
      .catch((thrown: unknown) => this.refuse(toGatewayError(thrown), CLOSE.unauthenticated))
      .finally(() => {
        this.#introduction = undefined;
        this.#socket.resume();
        // After what has waited.
        setImmediate(() => this.#closeIfDone());
      });
  }

  #greet(caller: Caller, id: string): void {
    if (this.#left.signal.aborted) return;
    this.#accept(caller);
    void this.#send({ type: 'auth', id, payload: { ok: true }, timestamp: new Date().toISOString() });
  }

  async #answer(asked: ClientFrame, caller: Caller): Promise<void> {
    const kind = this.#deps.frames.get(asked.type);
    this.#atOnce++;
    try {
      await this.#send(await this.#run(kind, asked, caller));
    } catch (thrown) {
      const more = thrown instanceof GatewayError ? kind?.toError?.(thrown, asked) : undefined;
      await this.#send(errorFrame(thrown, asked.id, more));
    } finally {
      this.#atOnce--;
      this.#closeIfDone();
    }
  }

  async #run(kind: Frame | undefined, asked: ClientFrame, caller: Caller): Promise<object> {
    const operation = typeof kind?.operation === 'function' ? kind.operation(asked) : kind?.operation;
    if (!kind || !operation) {
      const known = [...this.#deps.frames.keys()].toSorted().join(', ');
      throw new GatewayError('invalid_request', `type: no frame of this kind is known here; known are ${known}`, { path: 'type' });
    }
    const { mostAtOnce } = this.#deps.limits;
    if (this.#atOnce > mostAtOnce) throw new GatewayError('rate_limited', `At most ${mostAtOnce} questions at once on one connection`, { retryAfterSeconds: 1 });
    const watches = operation.kind === 'read' && operation.event !== undefined;
    if (!watches) return this.#ask(kind, operation, asked, caller);
    this.#watching++;
    return this.#ask(kind, operation, asked, caller).finally(() => this.#watching--);
  }

  async #ask(kind: Frame, operation: Operation, asked: ClientFrame, caller: Caller): Promise<object> {
    const origin = { surface: 'socket', address: this.#deps.address, requestId: REQUEST_ID.test(asked.id) ? asked.id : undefined } as const;
    const call = { caller, idempotencyKey: keyOf(asked), signal: this.#left.signal, quiet: kind.quiet?.(asked) ?? false, origin };
    const run = this.#deps.gateway.run(operation, () => kind.toInput(asked), call);
    const seen: ToolCall[] = [];
    for (;;) {
      const step = await run.next();
      if (step.done) return kind.toReply(step.value as never, asked, seen);
      // Operations on frames tell turns' events, or others that are told apart by their type.
      const event = step.value as TurnEvent;
      if (event.type === 'tool_call') seen.push(event);
      const words = kind.toEvent?.(event as never, asked);
      if (words) await this.#send(words);
    }
  }

  /** Waits for a client that reads slowly, and leaves one that does not read. */
  async #send(words: object): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    const text = JSON.stringify(words);
    const { backlog, patienceMs } = this.#deps.limits;
    if (socket.bufferedAmount <= backlog) return this.#write(text);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#leaveBehind();
        resolve();
      }, patienceMs);
      socket.send(text, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #write(text: string): void {
    // What cannot be sent any more is told by `close`.
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text, () => {});
  }

  #leaveBehind(): void {
    this.#socket.hangUp(CLOSE.tooSlow, 'too slow');
    // Where nothing is read, no farewell is either.
    this.#socket.terminate();
  }
}

/** As in HTTP's `Idempotency-Key`; the dialects of the documents write with underscores. */
const keyOf = ({ body }: ClientFrame): string | undefined => {
  const key = body['idempotencyKey'] ?? body['idempotency_key'];
  return typeof key === 'string' ? key : undefined;
};
