/** The cases of Autobahn's test suite, sections 1 to 7 and 10, against our sockets. There is no echo: a frame is accepted when it is answered. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openRaw } from './raw-socket.ts';
import { closeFrame, encodeFrame, HANDSHAKE, inFragments, OP, openRawWebSocket } from './raw-websocket.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }), env: { OPENCLAW_AUTH_TOKEN: 'token-of-the-protocol-tests' } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const open = () => openRawWebSocket(gateway.url, gateway.token);
/** A question of exactly this many bytes, or as short as it can be. */
const question = (id: string, bytes = 0): string => JSON.stringify({ type: 'status', id }).padEnd(bytes);
const text = (payload: string | Uint8Array): Buffer => encodeFrame({ opcode: OP.text, payload });
const cut = (whole: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));

/** Sends it, and waits for the last word; then tells all that were heard. */
const hears = async (last: RegExp, ...parts: readonly Uint8Array[]): Promise<readonly string[]> => {
  const client = await open();
  try {
    await client.write(...parts);
    return await client.until(last);
  } finally {
    client.socket.destroy();
  }
};
/** Hung up on with this code, and not answered anything after. */
const refuses = async (code: number, ...parts: readonly Uint8Array[]): Promise<void> => {
  const words = await hears(/^end$/, ...parts);
  expect(words.filter((word) => !/^(pong|status|error) /.test(word))).toEqual([`close ${code}`, 'end']);
};

describe('1 framing', () => {
  test.each([0, 1, 2, 10])('1.1 a text of %i bytes, which is no question, is told so', async (length) => {
    expect(await hears(/^error/, text('x'.repeat(length)))).toEqual(['error INVALID_REQUEST']);
  });

  test.each([60, 125, 126, 127, 128, 65_535, 65_536, 131_072, 2_097_152])('1.1 a question of %i bytes', async (length) => {
    expect(await hears(/^status/, text(question('a', length)))).toEqual(['status a']);
  });

  test.each([1, 997, 65_536])('1.1.7 however the stream is chopped: by %i', async (size) => {
    const whole = text(question('a', size === 1 ? 130 : 65_536));
    expect(await hears(/^status/, ...cut(whole, size))).toEqual(['status a']);
  });

  test('1.2 binary, of any size, is not what we talk; a farewell that is not answered ends too, and what comes after it starts nothing', async () => {
    const since = performance.now();
    await Promise.all(
      [0, 125, 126, 127, 128, 65_535, 65_536].map((length) =>
        refuses(1003, encodeFrame({ opcode: OP.binary, payload: Buffer.alloc(length, 0xfe) }), text(JSON.stringify({ type: 'message', session: 'late', content: 'Hi' }))),
      ),
    );
    expect(performance.now() - since).toBeLessThan(4_500);
    expect(gateway.model.requests).toHaveLength(0);
  });

  test('several frames in one packet are several questions', async () => {
    const words = await hears(/^status c$/, Buffer.concat(['a', 'b', 'c'].map((id) => text(question(id)))));
    expect(words.toSorted()).toEqual(['status a', 'status b', 'status c']);
  });

  test('a client that masks nothing is hung up on', async () => {
    await refuses(1002, encodeFrame({ opcode: OP.text, payload: question('a'), masked: false }));
    await refuses(1002, encodeFrame({ opcode: OP.ping, masked: false }));
    await refuses(1002, encodeFrame({ opcode: OP.close, masked: false }));
  });
});

describe('2 pings', () => {
  test.each<[string, string | Uint8Array]>([
    ['2.1 nothing', ''],
    ['2.2 text', 'Hello, world!'],
    ['2.3 bytes that are no text', new Uint8Array([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff])],
    ['2.4 125 bytes', Buffer.alloc(125, 0xfe)],
  ])('%s comes back', async (_, payload) => {
    expect(await hears(/^pong/, encodeFrame({ opcode: OP.ping, payload }))).toEqual([`pong ${Buffer.from(payload).toString('latin1')}`]);
    expect(await hears(/^pong/, ...cut(encodeFrame({ opcode: OP.ping, payload }), 1))).toEqual([`pong ${Buffer.from(payload).toString('latin1')}`]);
  });

  test('2.5 126 bytes are too many', () => refuses(1002, encodeFrame({ opcode: OP.ping, payload: Buffer.alloc(126, 0xfe) })));

  test('2.7 to 2.9 a pong nobody asked for changes nothing', async () => {
    expect(await hears(/^pong/, encodeFrame({ opcode: OP.pong }), encodeFrame({ opcode: OP.pong, payload: 'unasked' }), encodeFrame({ opcode: OP.ping, payload: 'x' }))).toEqual(['pong x']);
  });

  test('2.10 ten pings, ten pongs, in order', async () => {
    const pings = Array.from({ length: 10 }, (_, i) => encodeFrame({ opcode: OP.ping, payload: `payload-${i}` }));
    const pongs = Array.from({ length: 10 }, (_, i) => `pong payload-${i}`);
    expect(await hears(/^pong payload-9$/, ...pings)).toEqual(pongs);
    expect(await hears(/^pong payload-9$/, ...cut(Buffer.concat(pings), 1))).toEqual(pongs);
  });
});

describe('3 reserved bits', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('%i', async (rsv) => {
    await refuses(1002, text(question('a')), encodeFrame({ opcode: OP.text, payload: question('b'), rsv }), encodeFrame({ opcode: OP.ping }));
    await refuses(1002, encodeFrame({ opcode: OP.ping, payload: 'x', rsv }));
    await refuses(1002, encodeFrame({ opcode: OP.close, rsv }));
  });

  test('nothing is packed, even where a client asks for it', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`GET /ws?token=${gateway.token} HTTP/1.1\r\n${HANDSHAKE.join('\r\n')}\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n`);
    expect(await raw.until('\r\n\r\n')).not.toMatch(/permessage-deflate/i);
    raw.socket.destroy();
  });
});

describe('4 reserved opcodes', () => {
  test.each([3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf])('%i', async (opcode) => {
    await refuses(1002, encodeFrame({ opcode }));
    await refuses(1002, text(question('a')), encodeFrame({ opcode, payload: 'reserved' }), encodeFrame({ opcode: OP.ping }));
  });
});

describe('5 fragments', () => {
  const half = [question('a', 60).slice(0, 9), question('a', 60).slice(9)] as const;

  test.each([OP.ping, OP.pong, OP.close])('5.1, 5.2 a control frame (%i) has none', (opcode) => refuses(1002, ...inFragments(opcode, ['frag', 'ment'])));

  test.each([1, 9, 1_000])('5.3 to 5.5 a question in two, chopped by %i', async (size) => {
    expect(await hears(/^status/, ...cut(Buffer.concat(inFragments(OP.text, half)), size))).toEqual(['status a']);
  });

  test.each([1, 1_000])('5.6 to 5.8 a ping between the pieces, chopped by %i', async (size) => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = inFragments(OP.text, half);
    const words = await hears(/^status/, ...cut(Buffer.concat([first, encodeFrame({ opcode: OP.ping, payload: 'between' }), second]), size));
    expect(words).toEqual(['pong between', 'status a']);
  });

  test.each([true, false])('5.9 to 5.14 a piece of nothing (the last one: %s)', async (fin) => {
    const stray = encodeFrame({ opcode: OP.continuation, payload: 'stray', fin });
    await refuses(1002, stray, text(question('a')));
    await refuses(1002, ...cut(Buffer.concat([stray, text(question('a'))]), 1));
    await refuses(1002, ...inFragments(OP.text, half), stray, text(question('b')));
  });

  test('5.18 a new message in the middle of one', async () => {
    const [first = Buffer.alloc(0)] = inFragments(OP.text, half);
    await refuses(1002, first, encodeFrame({ opcode: OP.text, payload: half[1] }));
    await refuses(1002, first, encodeFrame({ opcode: OP.binary, payload: half[1] }));
  });

  test('5.19, 5.20 five pieces, pings between, at leisure', async () => {
    const pieces = cut(Buffer.from(question('a', 50)), 10);
    const client = await open();
    for (const [i, piece] of inFragments(OP.text, pieces).entries()) {
      await client.write(piece, encodeFrame({ opcode: OP.ping, payload: String(i) }));
      await client.until(new RegExp(`^pong ${i}$`));
    }
    expect((await client.until(/^status/)).toSorted()).toEqual(['pong 0', 'pong 1', 'pong 2', 'pong 3', 'pong 4', 'status a']);
    client.socket.destroy();
  });

  test('empty pieces are pieces', async () => {
    expect(await hears(/^status/, ...inFragments(OP.text, ['', half[0], '', half[1], '']))).toEqual(['status a']);
    expect(await hears(/^error/, ...inFragments(OP.text, ['', '', '']))).toEqual(['error INVALID_REQUEST']);
  });
});

/** Sequences of Autobahn's section 6 that are text, and those that are not. */
const IS_TEXT = [
  'ce ba e1 bd b9 cf 83 ce bc ce b5', '00', 'c2 80', 'e0 a0 80', 'f0 90 80 80', '7f', 'df bf', 'ef bf bf', 'f4 8f bf bf', 'ed 9f bf', 'ee 80 80', 'ef bf bd',
  'ef b7 90', 'ef bf be', 'f0 9f bf be', 'f0 9f bf bf', 'f4 8f bf be', 'ef bb bf',
];
const IS_NONE = [
  'ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64', 'f8 88 80 80 80', 'fc 84 80 80 80 80', 'f7 bf bf bf', 'fb bf bf bf bf', 'fd bf bf bf bf bf', 'f4 90 80 80',
  '80', 'bf', '80 bf', '80 bf 80 bf 80 bf', 'c0 20', 'e0 20', 'f0 20', 'f8 20', 'c0', 'e0 80', 'f0 80 80', 'f8 80 80 80', 'df', 'ef bf', 'f7 bf bf', 'fe', 'ff', 'fe fe ff ff',
  'c0 af', 'e0 80 af', 'f0 80 80 af', 'c1 bf', 'e0 9f bf', 'f0 8f bf bf', 'c0 80', 'e0 80 80', 'f0 80 80 80', 'ed a0 80', 'ed ad bf', 'ed ae 80', 'ed af bf', 'ed b0 80', 'ed be 80',
  'ed bf bf', 'ed a0 80 ed b0 80', 'ed af bf ed bf bf', 'f4 90 80 80',
];
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** A message that is a question but for these bytes in its id. */
const around = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from('{"type":"status","id":"'), bytes, Buffer.from('"}')]);

describe('6 UTF-8', () => {
  test.each(IS_TEXT)('%s is text, whole, in pieces and byte by byte', async (hex) => {
    const whole = around(bytesOf(hex));
    // What stands below U+0020 must be escaped in JSON: read as text, refused as JSON.
    const expected = hex === '00' ? ['error INVALID_REQUEST'] : [`status ${bytesOf(hex).toString('utf8')}`];
    expect(await hears(/^(status|error)/, text(whole))).toEqual(expected);
    expect(await hears(/^(status|error)/, ...inFragments(OP.text, cut(whole, 1)))).toEqual(expected);
  });

  test.each(IS_NONE)('%s is none', async (hex) => {
    const whole = around(bytesOf(hex));
    await refuses(1007, text(whole));
    await refuses(1007, ...inFragments(OP.text, cut(whole, 1)));
    await refuses(1007, text(bytesOf(hex)));
    await refuses(1002, closeFrame(1000, bytesOf(hex)));
  });
});

describe('7 the end', () => {
  test('7.1 after it nothing is answered', async () => {
    expect(await hears(/^end$/, closeFrame(1000), closeFrame(1000))).toEqual(['close 1000', 'end']);
    expect(await hears(/^end$/, closeFrame(1000), encodeFrame({ opcode: OP.ping, payload: 'x' }))).toEqual(['close 1000', 'end']);
    expect(await hears(/^end$/, closeFrame(1000), text(question('late')))).toEqual(['close 1000', 'end']);
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = inFragments(OP.text, ['{"type":', '"status"}']);
    expect(await hears(/^end$/, first, closeFrame(1000), second)).toEqual(['close 1000', 'end']);
    expect((await hears(/^end$/, text(question('big', 262_144)), closeFrame(1000), encodeFrame({ opcode: OP.ping }))).slice(-2)).toEqual(['close 1000', 'end']);
  });

  test('7.3 without a code, with one, with a reason', async () => {
    expect(await hears(/^end$/, closeFrame())).toEqual(['close', 'end']);
    for (const reason of ['', 'Hello', 'x'.repeat(123), 'κόσμε']) expect(await hears(/^end$/, closeFrame(1000, reason))).toEqual(['close 1000', 'end']);
  });

  test('7.3.2 a code of one byte; a reason too long; a reason that is no text', async () => {
    await refuses(1002, encodeFrame({ opcode: OP.close, payload: 'a' }));
    await refuses(1002, closeFrame(1000, 'x'.repeat(124)));
    await refuses(1002, closeFrame(1000, bytesOf('ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80')));
    await refuses(1002, text(question('a')), closeFrame(1000, bytesOf('ff')));
  });

  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])('7.7 %i is a code', async (code) => {
    expect(await hears(/^end$/, closeFrame(code))).toEqual([`close ${code}`, 'end']);
  });

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])('7.9, 7.13 %i is none', async (code) => {
    await refuses(1002, closeFrame(code));
    await refuses(1002, closeFrame(code, 'reason'));
  });

  test('a client that only hangs up is gone', async () => {
    const client = await open();
    client.socket.end();
    await client.until(/^end$/);
  });
});

describe('10 automatic fragments', () => {
  test('10.1 64 kB in pieces of 1300', async () => {
    expect(await hears(/^status/, ...inFragments(OP.text, cut(Buffer.from(question('a', 65_536)), 1_300)))).toEqual(['status a']);
  });
});

describe('limits', () => {
  test.each([2_097_153n, 2n ** 31n, 2n ** 40n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])('%i bytes are refused as soon as they are announced', async (length) => {
    await refuses(1009, encodeFrame({ opcode: OP.text, payload: 'x', length }));
  });

  test('pieces that come to more than a frame may have', async () => {
    await refuses(1009, ...inFragments(OP.text, Array.from({ length: 5 }, () => 'x'.repeat(500_000))));
  });

  test.each<[string, string]>([['empty', ''], ['of one byte', 'x']])('100,000 pieces, %s: not taken, and no memory either', { timeout: 30_000 }, async (_, payload) => {
    const folder = await makeStateDirectory('http://127.0.0.1:1');
    await using own = await startProcess({ folder });
    try {
      const warm = await openRawWebSocket(own.url, own.token);
      await warm.write(text(question('a')));
      await warm.until(/^status/);
      const before = await memoryOf(own.pid);
      const client = await openRawWebSocket(own.url, own.token);
      const piece = encodeFrame({ opcode: OP.continuation, payload, fin: false });
      const many = Buffer.concat([encodeFrame({ opcode: OP.text, fin: false }), ...Array.from({ length: 100_000 }, () => piece)]);
      for (const part of cut(many, 16_384)) client.socket.write(part);
      const words = await client.until(/^end$/);
      // A farewell can be lost where the other side still sends.
      expect(words.filter((word) => word !== 'close 1008')).toEqual(['end']);
      expect((await memoryOf(own.pid)) - before).toBeLessThan(process.platform === 'linux' ? 16 : 1);
      await warm.write(text(question('b')));
      await warm.until(/^status b$/);
      warm.socket.destroy();
    } finally {
      await own.end('SIGKILL');
      await removeFolder(folder);
    }
  });
});

/** In megabytes; 0 where it cannot be known. */
const memoryOf = async (pid: number): Promise<number> => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1] ?? 0) / 1024;

describe('a handshake', () => {
  const without = (name: string) => HANDSHAKE.filter((line) => !line.startsWith(name));
  const version = (value: string) => [...without('Sec-WebSocket-Version'), `Sec-WebSocket-Version: ${value}`];
  test.each<[string, readonly string[], string?, string?]>([
    ['without a key', without('Sec-WebSocket-Key')],
    ['with a short key', [...without('Sec-WebSocket-Key'), `Sec-WebSocket-Key: ${Buffer.alloc(15).toString('base64')}`]],
    ['with a long key', [...without('Sec-WebSocket-Key'), `Sec-WebSocket-Key: ${Buffer.alloc(17).toString('base64')}`]],
    ['with two keys', [...HANDSHAKE, `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`]],
    ['without a version', without('Sec-WebSocket-Version')],
    ['of version 8', version('8')],
    ['of version 0', version('0')],
    ['of version 99', version('99')],
    ['of version x', version('x')],
    ['with a body', [...HANDSHAKE, 'Content-Length: 5'], 'GET', 'hello'],
    ['with chunks', [...HANDSHAKE, 'Transfer-Encoding: chunked'], 'GET', '5\r\nhello\r\n0\r\n\r\n'],
    ['by POST', [...HANDSHAKE, 'Content-Length: 0'], 'POST'],
    ['by DELETE', HANDSHAKE, 'DELETE'],
    ['for h2c', [...without('Upgrade'), 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA']],
    ['for several things', [...without('Upgrade'), 'Upgrade: h2c, websocket']],
    ['with nonsense as protocol', [...HANDSHAKE, 'Sec-WebSocket-Protocol: a,,b']],
  ])('%s is refused, and the socket freed', async (_, lines, method = 'GET', body = '') => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`${method} /ws?token=${gateway.token} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
    const answer = await raw.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 (400|405|426) /);
    expect(answer).toMatch(/"error":\{"code":"/);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    if (lines.some((line) => /^Sec-WebSocket-Version: (?!13)/.test(line))) expect(answer).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/i);
  });

  test('without Connection is a request like any other', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`GET /ws?token=${gateway.token} HTTP/1.1\r\n${without('Connection').join('\r\n')}\r\nConnection: close\r\n\r\n`);
    expect(await raw.closed()).toMatch(/^HTTP\/1\.1 404 /);
  });
});

/** Another's client, in another language: chat, status, a ping either way, a clean end. */
const CLIENT = `
import asyncio, json, sys
from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol

url = sys.argv[1]
seen = []

class Client(WebSocketClientProtocol):
    def onOpen(self):
        self.sendMessage(json.dumps({"type": "status", "id": "s"}).encode(), fragmentSize=7)
        self.sendPing(b"over there")
    def onPong(self, payload):
        seen.append("pong " + payload.decode())
        self.sendMessage(json.dumps({"type": "chat", "id": "c", "payload": {"text": "Hello \\u00e9\\U0001f980"}}).encode())
    def onMessage(self, payload, isBinary):
        frame = json.loads(payload)
        seen.append(frame["type"] + " " + frame.get("payload", {}).get("text", frame.get("id", "")))
        if frame["type"] == "response":
            self.sendClose(1000, "done")
    def onClose(self, wasClean, code, reason):
        seen.append("closed " + str(wasClean) + " " + str(code))
        loop.stop()

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
factory = WebSocketClientFactory(url)
factory.protocol = Client
loop.run_until_complete(loop.create_connection(factory, "127.0.0.1", int(sys.argv[2])))
loop.call_later(8, loop.stop)
loop.run_forever()
print(json.dumps(seen))
`;

const python = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> =>
  new Promise((resolve) => {
    const child = spawn('/usr/bin/python3', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (out += String(chunk)));
    child.on('error', () => resolve({ code: null, out }));
    child.on('close', (code) => resolve({ code, out }));
  });

test("another's client (python3-autobahn) talks with it", async (context) => {
  const { code } = await python('-c', 'import autobahn.asyncio.websocket');
  if (code !== 0) context.skip('no /usr/bin/python3 here that can import autobahn (Debian: python3-autobahn)');
  const { port } = new URL(gateway.url);
  const { out } = await python('-c', CLIENT, `ws://127.0.0.1:${port}/ws?token=${gateway.token}`, port);
  expect(JSON.parse(out)).toEqual(['status s', 'pong over there', 'response ok', 'closed True 1000'].toSorted((a, b) => out.indexOf(a) - out.indexOf(b)));
});
