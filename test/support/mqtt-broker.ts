/**
 * A local broker for one client of MQTT 3.1.1, written from the specification and not by the driver's library: sessions that outlive a
 * connection, messages kept until they are acknowledged, and what may go wrong.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { holding } from './vendor-server.ts';

export interface Published {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export interface MqttBroker extends AsyncDisposable {
  readonly port: number;
  /** Somebody publishes: kept until the client has acknowledged it. */
  publishes(topic: string, payload: string | Buffer, options?: { readonly qos?: 0 | 1; readonly retain?: boolean }): void;
  /** What the client has published. */
  readonly published: readonly Published[];
  readonly connects: readonly { readonly clientId: string; readonly clean: boolean; readonly keepAlive: number; readonly will: string | undefined }[];
  readonly subscriptions: readonly string[];
  /** What it was told again, with the mark that says so. */
  readonly repeated: number;
  unacknowledged(): number;
  /** The next thing the client publishes is taken, and the connection ends before that is said. */
  losesAnswers(): void;
  refusesToListen(filter: string): void;
  cut(): void;
  /** Answers nothing any more. */
  fallSilent(): void;
  until(holds: () => boolean, ms?: number): Promise<void>;
}

interface Kept {
  readonly id: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
  told: boolean;
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from([Buffer.byteLength(value) >> 8, Buffer.byteLength(value) & 255]), Buffer.from(value)]);
const packet = (head: number, ...body: readonly Buffer[]): Buffer => {
  const all = Buffer.concat(body);
  const length: number[] = [];
  for (let left = all.length; length.length === 0 || left > 0; left >>= 7) length.push((left & 127) | (left > 127 ? 128 : 0));
  return Buffer.concat([Buffer.from([head, ...length]), all]);
};
const number = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

export const startMqttBroker = async ({ username, password }: { readonly username: string; readonly password: string }): Promise<MqttBroker> => {
  const kept: Kept[] = [];
  const published: Published[] = [];
  const connects: MqttBroker['connects'][number][] = [];
  const sockets = new Set<Socket>();
  const refused = new Set<string>();
  let subscriptions: string[] = [];
  let current: Socket | undefined;
  let [nextId, repeated, losing, silent] = [0, 0, false, false];

  const write = (bytes: Buffer): void => {
    if (!silent) current?.write(bytes);
  };
  const tell = (message: Kept): void => {
    if (message.told) repeated++;
    write(packet(0x32 | (message.told ? 8 : 0) | (message.retain ? 1 : 0), text(message.topic), number(message.id), message.payload));
    message.told = current !== undefined;
  };

  const connect = (socket: Socket, body: Buffer): void => {
    let at = 0;
    const next = (): string => {
      const length = body.readUInt16BE(at);
      at += 2 + length;
      return body.toString('utf8', at - length, at);
    };
    const [protocol, level, flags] = [next(), body[at], body[at + 1] ?? 0];
    const keepAlive = body.readUInt16BE(at + 2);
    at += 4;
    const clientId = next();
    const will = (flags & 4) === 0 ? undefined : `${next()} ${next()}`;
    const user = (flags & 128) === 0 ? undefined : next();
    const word = (flags & 64) === 0 ? undefined : next();
    current = socket;
    connects.push({ clientId, clean: (flags & 2) !== 0, keepAlive, will });
    const code = protocol !== 'MQTT' || level !== 4 ? 1 : user === username && word === password ? 0 : 4;
    write(packet(0x20, Buffer.from([code === 0 && subscriptions.length > 0 ? 1 : 0, code])));
    if (code !== 0) return void socket.end();
    // At once, before the client has said again what it listens to: the session is there.
    if (subscriptions.length > 0) for (const message of kept) tell(message);
  };
  const subscribe = (body: Buffer): void => {
    const granted: number[] = [];
    const isNew = subscriptions.length === 0;
    for (let at = 2; at < body.length; ) {
      const length = body.readUInt16BE(at);
      const filter = body.toString('utf8', at + 2, at + 2 + length);
      granted.push(refused.has(filter) ? 0x80 : (body[at + 2 + length] ?? 0));
      if (!refused.has(filter)) subscriptions = [...new Set([...subscriptions, filter])];
      at += length + 3;
    }
    write(packet(0x90, body.subarray(0, 2), Buffer.from(granted)));
    if (isNew) for (const message of kept) tell(message);
  };
  const publish = (head: number, body: Buffer): void => {
    const length = body.readUInt16BE(0);
    const qos = (head >> 1) & 3;
    published.push({ topic: body.toString('utf8', 2, 2 + length), payload: body.toString('utf8', 2 + length + (qos > 0 ? 2 : 0)), retain: (head & 1) === 1 });
    if (losing) {
      losing = false;
      return void current?.destroy();
    }
    if (qos === 1) write(packet(0x40, body.subarray(2 + length, 4 + length)));
  };
  const hear = (socket: Socket, head: number, body: Buffer): void => {
    switch (head >> 4) {
      case 1: return connect(socket, body);
      case 3: return publish(head, body);
      case 4: return void kept.splice(kept.findIndex(({ id }) => id === body.readUInt16BE(0)), 1);
      case 8: return subscribe(body);
      case 12: return write(packet(0xd0));
      case 14: return void socket.end();
      default:
    }
  };

  const server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (current === socket) current = undefined;
    });
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        let [length, at] = [0, 1];
        while (at < rest.length && ((rest[at] ?? 0) & 128) !== 0) length |= ((rest[at] ?? 0) & 127) << (7 * (at++ - 1));
        if (at >= rest.length) return;
        length |= (rest[at] ?? 0) << (7 * (at - 1));
        if (rest.length < at + 1 + length) return;
        const [head, body] = [rest[0] ?? 0, rest.subarray(at + 1, at + 1 + length)];
        rest = rest.subarray(at + 1 + length);
        hear(socket, head, body);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();

  return {
    port: typeof address === 'object' && address ? address.port : 0,
    published, connects,
    get subscriptions() {
      return subscriptions;
    },
    get repeated() {
      return repeated;
    },
    publishes: (topic, payload, { qos = 1, retain = false } = {}) => {
      if (qos === 0) return write(packet(0x30, text(topic), Buffer.from(payload)));
      // The same few numbers, again and again, as some brokers do it.
      const message = { id: (nextId++ % 4) + 1, topic, payload: Buffer.from(payload), retain, told: false };
      kept.push(message);
      if (current) tell(message);
    },
    unacknowledged: () => kept.length,
    losesAnswers: () => void (losing = true),
    refusesToListen: (filter) => void refused.add(filter),
    cut: () => current?.destroy(),
    fallSilent: () => void (silent = true),
    until: (holds, ms = 5_000) => holding(holds, ms, () => ({ published: published.slice(-5) })),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
};
