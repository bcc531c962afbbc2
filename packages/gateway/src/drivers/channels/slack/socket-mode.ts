import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { InOrder } from '../kit/in-order.ts';
import { type JsonSocket, openJsonSocket } from '../kit/json-socket.ts';
import type { Home } from '../kit/leads-to.ts';
import { Payload } from './read-message.ts';

const SILENCE_MS = 30_000;
/** A socket that has not said hello by then never will. */
const HELLO_WITHIN_MS = 20_000;
/** Events that were taken, in case one of them is told again. */
const TAKEN_KEPT = 1_000;

const Frame = z.object({ type: z.string(), envelope_id: z.string().optional(), reason: z.string().optional(), payload: z.unknown().optional() });

export interface SocketModeOptions {
  /** Asks for the address of a new socket. */
  readonly address: () => Promise<string>;
  /** Where that may lead. */
  readonly home: Home;
  /** Resolves when what it tells is stored. */
  readonly take: (payload: Payload) => Promise<void>;
  readonly connected: () => void;
  readonly lost: (failure: ChannelFailure) => void;
  readonly log: Log;
}

/**
 * Socket mode: what Slack tells comes in envelopes over a WebSocket, and comes again unless it is acknowledged, each by the socket it came
 * by. Every few hours Slack asks for another socket: that is opened before the old one goes, so that nothing waits in between.
 */
export class SocketMode {
  readonly #options: SocketModeOptions;
  /** Each with what ends it where it does not say hello. */
  readonly #sockets = new Map<JsonSocket, NodeJS.Timeout>();
  #isOver = false;
  readonly #taken = new Set<string>();
  readonly #events: InOrder;
  /** An address was asked for, and no socket is there for it yet. */
  #asking = false;
  #isConnected = false;

  constructor(options: SocketModeOptions) {
    this.#options = options;
    this.#events = new InOrder('slack', options.log);
  }

  async open(): Promise<void> {
    this.#asking = true;
    const url = await this.#options.address().finally(() => (this.#asking = false));
    if (this.#isOver) return;
    const socket = openJsonSocket({
      url, home: this.#options.home, silenceMs: SILENCE_MS,
      heard: (frame) => this.#hear(socket, frame),
      ended: ({ reason }) => {
        clearTimeout(this.#sockets.get(socket));
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0 && !this.#asking) this.#lose(new ChannelFailure('passing', `the socket to Slack is gone: ${reason}`));
      },
    });
    this.#sockets.set(socket, setTimeout(() => socket.close(), HELLO_WITHIN_MS));
  }

  /** What is being stored is stored and acknowledged; nothing else is taken. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#events.stop();
    for (const socket of this.#sockets.keys()) socket.close(1000);
  }

  #lose(failure: ChannelFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#events.stop();
    for (const socket of this.#sockets.keys()) socket.close();
    this.#options.lost(failure);
  }

  #hear(socket: JsonSocket, heard: unknown): void {
    const frame = Frame.safeParse(heard);
    if (!frame.success || this.#isOver) return;
    const { type, envelope_id: envelope, reason, payload } = frame.data;
    if (type === 'hello') this.#greet(socket);
    else if (type === 'disconnect') this.#replace(reason);
    else if (type === 'events_api' && envelope !== undefined) {
      const told = Payload.safeParse(payload).data ?? {};
      this.#events.add(() => this.#take(told), () => socket.send({ envelope_id: envelope }));
    }
  }

  /** The new socket works: the others go when what came by them is taken. */
  #greet(socket: JsonSocket): void {
    clearTimeout(this.#sockets.get(socket));
    const old = [...this.#sockets.keys()].filter((one) => one !== socket);
    if (old.length > 0) void this.#events.settled().then(() => old.forEach((one) => one.close(1000)));
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#options.connected();
  }

  #replace(reason: string | undefined): void {
    if (reason === 'link_disabled') return this.#lose(new ChannelFailure('permanent', 'Socket Mode is switched off in the settings of the Slack app'));
    if (this.#asking || this.#sockets.size > 1) return;
    this.open().catch((thrown: unknown) => this.#lose(thrown instanceof ChannelFailure ? thrown : new ChannelFailure('passing', 'no other socket to Slack', { cause: thrown })));
  }

  /** Slack tells an event again when nobody says in three seconds that it was taken. */
  async #take(payload: Payload): Promise<void> {
    const { event_id: id } = payload;
    if (id !== undefined && this.#taken.has(id)) return;
    await this.#options.take(payload);
    if (id === undefined) return;
    this.#taken.add(id);
    const [oldest] = this.#taken;
    if (this.#taken.size > TAKEN_KEPT && oldest !== undefined) this.#taken.delete(oldest);
  }
}
