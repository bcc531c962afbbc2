import { setTimeout as sleep } from 'node:timers/promises';
import { generate, type IConnackPacket, type IPublishPacket, type ISubackPacket, type Packet, parser } from 'mqtt-packet';
import type { Socket } from 'node:net';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import { hear } from '../kit/dial.ts';
import type { MqttSettings } from './settings.ts';

const ANSWER_WITHIN_MS = 20_000;
const LAST_WORDS_MS = 500;
const HIGHEST_ID = 65_535;
const REFUSED_TO_LISTEN = 0x80;
const ONLINE = 'online';
const OFFLINE = 'offline';

/** Why a broker does not take a connection (MQTT 3.1.1, 3.2.2.3). */
const REFUSALS: Readonly<Record<number, readonly [ChannelFailure['kind'], string]>> = {
  1: ['permanent', 'the broker does not speak MQTT 3.1.1'],
  2: ['permanent', 'channels.mqtt.clientId: the broker does not accept it'],
  3: ['passing', 'the broker is not available'],
  4: ['permanent', 'channels.mqtt: the broker does not accept the username or the password'],
  5: ['permanent', 'channels.mqtt: the broker does not let this client in'],
};

export interface Hearing {
  /** Somebody published. The broker keeps it until `taken`. */
  publish(packet: IPublishPacket, taken: () => void): void;
  /** Once, unless it was ended from here. */
  lost(failure: ChannelFailure): void;
}

/** One connection to a broker, whose session outlives it. */
export class Broker {
  readonly #socket: Socket;
  readonly #settings: MqttSettings;
  readonly #hearing: Hearing;
  /** What was asked and has no answer yet, by its number. */
  readonly #asked = new Map<number, PromiseWithResolvers<Packet>>();
  readonly #greeted = Promise.withResolvers<IConnackPacket>();
  #lastId = 0;
  #heardAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(socket: Socket, settings: MqttSettings, hearing: Hearing) {
    this.#socket = socket;
    this.#settings = settings;
    this.#hearing = hearing;
    const reading = parser({ protocolVersion: 4 });
    reading.on('packet', (packet) => this.#hear(packet));
    reading.on('error', () => this.#lose('the broker spoke something else than MQTT'));
    hear(socket, (chunk) => {
      this.#heardAt = performance.now();
      reading.parse(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.#lose(`the connection broke: ${error.code ?? error.message}`));
    socket.on('close', () => this.#lose('the broker closed the connection'));
    this.#greeted.promise.catch(() => {});
  }

  /** Takes up its session, or begins one, and listens. */
  async begin(): Promise<void> {
    const { clientId, username, password, statusTopic, keepAliveSeconds, topics } = this.#settings;
    this.#write({
      cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId, clean: false, keepalive: keepAliveSeconds,
      ...(username !== undefined && { username }), ...(password !== undefined && { password: Buffer.from(password) }),
      ...(statusTopic !== undefined && { will: { topic: statusTopic, payload: OFFLINE, qos: 1, retain: true } }),
    });
    const { returnCode = 0 } = await this.#within(this.#greeted.promise);
    const refusal = REFUSALS[returnCode];
    if (returnCode !== 0) throw new ChannelFailure(refusal?.[0] ?? 'permanent', refusal?.[1] ?? `the broker refused the connection (${returnCode})`);
    this.#timer = setInterval(() => this.#keepAlive(), keepAliveSeconds * 500);
    const filters = Object.keys(topics);
    const answer = await this.#ask((messageId) => ({ cmd: 'subscribe', messageId, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) }));
    const refused = filters.filter((_, i) => answer.cmd !== 'suback' || grantedAt(answer, i) === REFUSED_TO_LISTEN);
    if (refused.length > 0) throw new ChannelFailure('permanent', `the broker does not let it listen to ${refused.join(', ')}`);
    if (statusTopic !== undefined) await this.publish(statusTopic, ONLINE, true);
  }

  /** Resolves when the broker has it. */
  async publish(topic: string, payload: string, retain = false): Promise<void> {
    await this.#ask((messageId) => ({ cmd: 'publish', messageId, topic, payload, qos: 1, dup: false, retain }));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async end(): Promise<void> {
    if (this.#over) return;
    const { statusTopic } = this.#settings;
    // Who leaves in order has no last will.
    if (statusTopic !== undefined && this.#timer) await Promise.race([this.publish(statusTopic, OFFLINE, true).catch(() => {}), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    this.#write({ cmd: 'disconnect' });
    this.#close(new ChannelFailure('unknown', 'MQTT: the connection was ended'));
    this.#socket.end(() => this.#socket.destroy());
  }

  #hear(packet: Packet): void {
    if (packet.cmd === 'connack') this.#greeted.resolve(packet);
    if (packet.cmd === 'publish') this.#hearing.publish(packet, () => packet.qos === 1 && this.#write({ cmd: 'puback', messageId: packet.messageId ?? 0 }));
    if (packet.cmd === 'puback' || packet.cmd === 'suback') this.#asked.get(packet.messageId ?? 0)?.resolve(packet);
  }

  async #ask(make: (messageId: number) => Packet): Promise<Packet> {
    if (this.#over) throw new ChannelFailure('passing', 'MQTT is not connected');
    const id = this.#freeId();
    const answered = Promise.withResolvers<Packet>();
    this.#asked.set(id, answered);
    try {
      this.#write(make(id));
      return await this.#within(answered.promise);
    } finally {
      this.#asked.delete(id);
    }
  }

  #freeId(): number {
    do this.#lastId = (this.#lastId % HIGHEST_ID) + 1;
    while (this.#asked.has(this.#lastId));
    return this.#lastId;
  }

  async #within<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new ChannelFailure('unknown', 'MQTT: no answer of the broker in time')), ANSWER_WITHIN_MS);
    return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
  }

  #keepAlive(): void {
    if (performance.now() - this.#heardAt > this.#settings.keepAliveSeconds * 1_500) this.#lose('the broker fell silent');
    else this.#write({ cmd: 'pingreq' });
  }

  #write(packet: Packet): void {
    if (!this.#over && this.#socket.writable) this.#socket.write(generate(packet));
  }

  #lose(reason: string): void {
    if (this.#over) return;
    this.#close(new ChannelFailure('unknown', `MQTT: ${reason}`));
    this.#hearing.lost(new ChannelFailure('passing', `MQTT: ${reason}`));
    this.#socket.destroy();
  }

  #close(failure: ChannelFailure): void {
    this.#over = true;
    clearInterval(this.#timer);
    this.#greeted.reject(new ChannelFailure('passing', failure.message));
    for (const { reject } of this.#asked.values()) reject(failure);
  }
}

const grantedAt = ({ granted }: ISubackPacket, index: number): unknown => granted[index];
