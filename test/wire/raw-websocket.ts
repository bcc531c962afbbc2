import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { openRaw } from './raw-socket.ts';

/** A frame as the wire knows it, right or wrong. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  readonly fin?: boolean;
  /** The three reserved bits, as one number. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What is announced; the payload's own length otherwise. */
  readonly length?: bigint;
}

export const OP = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

export const encodeFrame = ({ opcode, payload = '', fin = true, rsv = 0, masked = true, length }: WireFrame): Buffer => {
  const bytes = Buffer.from(payload);
  const announced = length ?? BigInt(bytes.length);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const maskBit = masked ? 0x80 : 0;
  const head = announced < 126n ? Buffer.from([first, maskBit | Number(announced)]) : announced < 65_536n ? Buffer.alloc(4) : Buffer.alloc(10);
  if (announced >= 126n) {
    head[0] = first;
    head[1] = maskBit | (head.length === 4 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(Number(announced), 2);
    else head.writeBigUInt64BE(announced, 2);
  }
  if (!masked) return Buffer.concat([head, bytes]);
  const mask = randomBytes(4);
  // One of the four, whatever the place.
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
};

/** One message in pieces. */
export const inFragments = (opcode: number, pieces: readonly (string | Uint8Array)[]): Buffer[] =>
  pieces.map((payload, i) => encodeFrame({ opcode: i === 0 ? opcode : OP.continuation, payload, fin: i === pieces.length - 1 }));

export const closeFrame = (code?: number, reason: string | Uint8Array = ''): Buffer => {
  if (code === undefined) return encodeFrame({ opcode: OP.close });
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return encodeFrame({ opcode: OP.close, payload: Buffer.concat([payload, Buffer.from(reason)]) });
};

export interface RawWebSocket {
  readonly socket: Socket;
  write(...parts: readonly Uint8Array[]): Promise<void>;
  /** What has come so far, in words: `status <id>`, `error <code>`, `pong <payload>`, `close <code>`, `end` where the connection is over. */
  heard(): readonly string[];
  /** Waits until one of these words has come; then all of them. */
  until(word: RegExp): Promise<readonly string[]>;
}

/** A WebSocket of which every byte is our own. `lines` stand in place of the usual handshake's headers. */
export const openRawWebSocket = async (url: string, token: string): Promise<RawWebSocket> => {
  const raw = await openRaw(url);
  raw.socket.setNoDelay(true);
  raw.socket.write(`GET /ws?token=${token} HTTP/1.1\r\n${HANDSHAKE.join('\r\n')}\r\n\r\n`);
  const head = (await raw.until('\r\n\r\n')).indexOf('\r\n\r\n') + 4;
  if (!raw.received().startsWith('HTTP/1.1 101')) throw new Error(raw.received());
  const heard = (): readonly string[] => [...wordsOf(Buffer.from(raw.received().slice(head), 'latin1')), ...(raw.socket.destroyed ? ['end'] : [])];
  return {
    socket: raw.socket,
    write: async (...parts) => {
      for (const part of parts) await new Promise<void>((resolve) => raw.socket.write(part, () => resolve()));
    },
    heard,
    until: async (word) => {
      const deadline = performance.now() + 5_000;
      while (!heard().some((one) => word.test(one))) {
        if (performance.now() > deadline) throw new Error(`${word} was never heard, but ${heard().join(', ')}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return heard();
    },
  };
};

export const HANDSHAKE = ['Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='] as const;

const wordsOf = (bytes: Buffer): string[] => {
  const words: string[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    const payload = bytes.subarray(at + head, at + head + length);
    if (payload.length < length) break;
    words.push(wordOf(bytes[at] ?? 0, payload));
    at += head + length;
  }
  return words;
};

const wordOf = (first: number, payload: Buffer): string => {
  // A server sends whole frames, and no reserved bit.
  if ((first & 0xf0) !== 0x80) return `odd ${first}`;
  const opcode = first & 0x0f;
  if (opcode === OP.pong) return `pong ${payload.toString('latin1')}`;
  if (opcode === OP.close) return payload.length === 0 ? 'close' : `close ${payload.readUInt16BE(0)}`;
  if (opcode !== OP.text) return `opcode ${opcode}`;
  // What this gateway writes on a socket.
  const { type, id, payload: inner } = JSON.parse(payload.toString('utf8')) as { type: string; id?: string; payload?: { code?: string } };
  return type === 'error' ? `error ${inner?.code}` : `${type} ${id}`;
};
