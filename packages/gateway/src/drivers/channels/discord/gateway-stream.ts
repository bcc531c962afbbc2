import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { InOrder } from '../kit/in-order.ts';
import { isAtHome, type JsonSocket, openJsonSocket, type SocketEnd } from '../kit/json-socket.ts';
import type { Home } from '../kit/leads-to.ts';

/** What Discord needs to go on telling where it was left: the session, and the last event of it that was taken. */
export const Session = z.object({ id: z.string(), url: z.url({ protocol: /^wss?$/ }), seq: z.int() });
export type Session = z.infer<typeof Session>;

const Frame = z.object({ op: z.int(), d: z.unknown().optional(), s: z.int().nullish(), t: z.string().nullish() });
const Hello = z.object({ heartbeat_interval: z.number().positive() });
const Ready = z.object({ session_id: z.string(), resume_gateway_url: z.url({ protocol: /^wss?$/ }) });

const OP = { dispatch: 0, heartbeat: 1, identify: 2, resume: 6, reconnect: 7, invalid: 9, hello: 10, heard: 11 };
/** Messages of servers, direct ones, and what stands in them. */
const INTENTS = (1 << 9) | (1 << 12) | (1 << 15);
/** Not 1000 or 1001: those would end the session. */
const SEE_YOU = 4_000;
const HELLO_WITHIN_MS = 20_000;
const KEEP_EVERY_MS = 1_000;
const LAST_KEEP_MS = 2_000;
/** How often a socket is followed by another before Discord is left alone for a while. */
const MOVES_IN_VAIN = 2;

/** Ends that only the owner can mend. */
const FOR_THE_OWNER: ReadonlyMap<number, string> = new Map([
  [4004, 'Discord does not accept the token'],
  [4010, 'Discord does not know the shard'],
  [4011, 'the bot is in so many servers that Discord wants it in several shards, which this channel does not do'],
  [4012, 'Discord does not serve this version of its gateway any more'],
  [4013, 'Discord does not know the intents'],
  [4014, 'the Message Content Intent is not switched on for the bot (Developer Portal, Bot, Privileged Gateway Intents)'],
]);
/** Ends of a session, not only of a connection. */
const SESSION_OVER: ReadonlySet<number> = new Set([4007, 4009]);

export interface GatewayStreamOptions {
  readonly token: string;
  /** Asks for the address of a new session. */
  readonly address: () => Promise<string>;
  /** Where that may lead: whoever is there is shown the token. */
  readonly home: Home;
  /** Where an earlier connection got to. */
  readonly session: Session | undefined;
  /** Resolves when what a message says is stored. */
  readonly take: (message: unknown) => Promise<void>;
  readonly keep: (session: Session | undefined) => Promise<void>;
  readonly connected: () => void;
  readonly lost: (failure: ChannelFailure) => void;
  readonly log: Log;
}

/**
 * Discord's gateway: events with numbers, over a WebSocket. Discord wants no acknowledgement of them; but after a loss it tells again what
 * follows the number it is given, for as long as it keeps the session. So the number grows only with what is stored.
 */
export class GatewayStream {
  readonly #options: GatewayStreamOptions;
  #session: Session | undefined;
  #socket: JsonSocket | undefined;
  #events: InOrder;
  #heartbeat: NodeJS.Timeout | undefined;
  #late: NodeJS.Timeout | undefined;
  #keeping: NodeJS.Timeout | undefined;
  #isHeard = true;
  #isResuming = false;
  #isConnected = false;
  #isOver = false;
  #moves = 0;

  constructor(options: GatewayStreamOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#events = new InOrder('discord', options.log);
  }

  async open(): Promise<void> {
    // An address that a session was begun with, or that was kept, is no better than another.
    if (this.#session && !isAtHome(this.#session.url, this.#options.home)) this.#session = undefined;
    this.#isResuming = this.#session !== undefined;
    const url = new URL(this.#session?.url ?? (await this.#options.address()));
    if (this.#isOver) return;
    url.searchParams.set('v', '10');
    url.searchParams.set('encoding', 'json');
    const socket = openJsonSocket({
      url: url.href, home: this.#options.home,
      // What a socket says that was left behind counts for nothing.
      heard: (frame) => this.#socket === socket && this.#hear(frame),
      ended: (end) => this.#socket === socket && this.#end(end),
    });
    this.#socket = socket;
    this.#late = setTimeout(() => socket.close(), HELLO_WITHIN_MS);
  }

  /** The session is left so that the next connection can go on with it. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#leave(SEE_YOU);
    await this.#events.stop();
    clearTimeout(this.#keeping);
    if (this.#keeping) await Promise.race([this.#keep(), sleep(LAST_KEEP_MS, undefined, { ref: false })]);
  }

  #leave(code?: number): void {
    clearTimeout(this.#late);
    clearTimeout(this.#heartbeat);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(code);
  }

  #lose(failure: ChannelFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave(SEE_YOU);
    this.#options.lost(failure);
  }

  #end({ code, reason }: SocketEnd): void {
    const mendable = FOR_THE_OWNER.get(code);
    if (SESSION_OVER.has(code)) this.#forget();
    this.#lose(mendable === undefined ? new ChannelFailure('passing', `the connection to Discord is gone: ${reason}`) : new ChannelFailure('permanent', mendable));
  }

  #hear(heard: unknown): void {
    const frame = Frame.safeParse(heard);
    if (!frame.success || this.#isOver) return;
    const { op, d, s, t } = frame.data;
    if (op === OP.hello) this.#introduce(d);
    else if (op === OP.heard) this.#isHeard = true;
    else if (op === OP.heartbeat) this.#say({ op: OP.heartbeat, d: this.#session?.seq ?? null });
    else if (op === OP.reconnect) void this.#move();
    else if (op === OP.invalid) this.#reject(d === true);
    else if (op === OP.dispatch && typeof s === 'number') this.#told(t ?? '', d, s);
  }

  #introduce(hello: unknown): void {
    const interval = Hello.safeParse(hello).data?.heartbeat_interval;
    if (interval === undefined) return this.#lose(new ChannelFailure('passing', 'Discord did not say how often it wants to hear from us'));
    clearTimeout(this.#late);
    this.#isHeard = true;
    this.#heartbeat = setTimeout(() => this.#beat(interval), interval * Math.random());
    const { token } = this.#options;
    if (this.#session) this.#say({ op: OP.resume, d: { token, session_id: this.#session.id, seq: this.#session.seq } });
    else this.#say({ op: OP.identify, d: { token, intents: INTENTS, properties: { os: process.platform, browser: 'openclaw', device: 'openclaw' } } });
  }

  #beat(interval: number): void {
    if (!this.#isHeard) return this.#lose(new ChannelFailure('passing', 'Discord does not answer any more'));
    this.#isHeard = false;
    this.#say({ op: OP.heartbeat, d: this.#session?.seq ?? null });
    this.#heartbeat = setTimeout(() => this.#beat(interval), interval);
  }

  #say(frame: unknown): void {
    this.#socket?.send(frame);
  }

  #told(type: string, data: unknown, seq: number): void {
    if (type === 'READY') this.#begin(data, seq);
    if (type === 'READY' || type === 'RESUMED') this.#greet();
    const take = type === 'MESSAGE_CREATE' ? () => this.#options.take(data) : async () => {};
    const session = this.#session?.id;
    this.#events.add(take, () => {
      if (!this.#session || this.#session.id !== session) return;
      this.#session = { ...this.#session, seq };
      this.#keeping ??= setTimeout(() => void this.#keep(), KEEP_EVERY_MS);
    });
  }

  #begin(data: unknown, seq: number): void {
    const ready = Ready.safeParse(data);
    if (!ready.success) return this.#lose(new ChannelFailure('passing', 'Discord began a session without a name'));
    this.#session = { id: ready.data.session_id, url: ready.data.resume_gateway_url, seq };
    void this.#keep();
  }

  #greet(): void {
    this.#moves = 0;
    if (this.#isConnected || this.#isOver) return;
    this.#isConnected = true;
    this.#options.connected();
  }

  /** The session is over, or was never begun. */
  #reject(isResumable: boolean): void {
    if (!isResumable) this.#forget();
    if (!this.#isResuming && !isResumable) return this.#lose(new ChannelFailure('passing', 'Discord does not begin a session just now'));
    void this.#move();
  }

  #forget(): void {
    if (this.#session) this.#options.log('warn', 'Discord has ended the session: what was written in it and is not stored yet is not told again', { channel: 'discord' });
    this.#session = undefined;
    void this.#keep();
  }

  /** Discord wants another socket, now and then: what is not taken yet comes again by that one. */
  async #move(): Promise<void> {
    if (this.#moves++ >= MOVES_IN_VAIN) return this.#lose(new ChannelFailure('passing', 'Discord sends us away again and again'));
    this.#leave(SEE_YOU);
    try {
      await this.#events.stop();
      this.#events = new InOrder('discord', this.#options.log);
      await this.open();
    } catch (thrown) {
      this.#lose(thrown instanceof ChannelFailure ? thrown : new ChannelFailure('passing', 'no other connection to Discord', { cause: thrown }));
    }
  }

  async #keep(): Promise<void> {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    // Kept a moment later, or by the next connection: what is told again is known.
    await this.#options.keep(this.#session).catch((thrown: unknown) => this.#options.log('debug', 'a place could not be kept', { channel: 'discord', cause: String(thrown) }));
  }
}
