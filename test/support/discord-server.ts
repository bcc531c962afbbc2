/**
 * A local server that speaks Discord's gateway (version 10) and REST API as they are documented, as far as the driver uses them.
 *
 *   await using discord = await startDiscordServer();
 *   discord.says({ content: 'Hello' });
 *   await discord.until(() => discord.sent().length === 1);
 *
 * A session outlives its socket and is told again from the number that a resume names, until the test ends it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { answer, bytesOf, holding, Refused } from './vendor-server.ts';

const TOKEN = 'MTIzNDU2Nzg5MDEyMzQ1Njc4.GTests.a-bot-of-the-tests-0123456789';
const BOT = { id: '900000000000000001', username: 'claw', bot: true };
const ANN = { id: '400000000000000042', username: 'ann', global_name: 'Ann' };
const DIRECT = '500000000000000042';
const NEEDED = (1 << 9) | (1 << 12) | (1 << 15);

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly file?: DiscordFile | undefined;
}

export interface DiscordFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** What happens to a call instead of its answer. `after`: it has taken effect all the same. */
export type Mishap = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } | { readonly cut: 'before' | 'after' };

interface Standing {
  readonly id: string;
  readonly channel: string;
  readonly quotes: string | undefined;
  readonly file: DiscordFile | undefined;
  content: string;
}

interface Told {
  readonly s: number;
  readonly t: string;
  readonly d: unknown;
}

interface Session {
  readonly id: string;
  readonly events: Told[];
  /** What the bot said last that it has. */
  taken: number;
  socket: WebSocket | undefined;
}

export interface DiscordServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly bot: typeof BOT;
  readonly ann: typeof ANN;
  /** Ann's direct channel. */
  readonly direct: string;
  readonly calls: readonly ApiCall[];
  /** Frames that the bot sent, heartbeats left out. */
  readonly frames: readonly { readonly op: number; readonly d: unknown }[];
  sent(channel?: string): readonly Standing[];
  /** Channels that exist beside the direct one. */
  channel(channel: { readonly id: string; readonly type: number; readonly parent_id?: string; readonly name?: string }): void;
  /** Ann writes directly, unless the message says otherwise; its id. */
  says(message: Readonly<Record<string, unknown>>): string;
  /** A file that Discord keeps, as a message has it among its attachments. */
  keeps(file: DiscordFile): Readonly<Record<string, unknown>>;
  /** Whether what it keeps can be had. */
  handsOut: boolean;
  /** A dispatch as it is. */
  tells(type: string, data: unknown): void;
  /** A frame as it is, to every socket. */
  pushes(frame: unknown): void;
  /** `POST messages`, `GET /gateway/bot`: a method with the end of a path. */
  befalls(call: string, ...mishaps: readonly Mishap[]): void;
  /** Ends every socket; with a code Discord says why. */
  cut(code?: number): void;
  /** Ends the sessions: they cannot be resumed. */
  forget(): void;
  /** Whether heartbeats are answered. */
  answersHeartbeats: boolean;
  sessionsLeft: number;
  /** Where its gateway, and where a session goes on, is said to be, instead of where it is. */
  gatewayAt: string | undefined;
  resumesAt: string | undefined;
  readonly sockets: number;
  /** The newest number that the bot says it has, and the newest there is. */
  readonly places: { readonly taken: number; readonly told: number };
  untaken(): number;
  until(holds: () => boolean, ms?: number): Promise<void>;
}

export const startDiscordServer = async ({ heartbeatMs = 41_250 }: { readonly heartbeatMs?: number } = {}): Promise<DiscordServer> => {
  const calls: ApiCall[] = [];
  const frames: { op: number; d: unknown }[] = [];
  const standing: Standing[] = [];
  const nonces = new Map<string, string>();
  const mishaps = new Map<string, Mishap[]>();
  const sessions: Session[] = [];
  const clients = new Set<WebSocket>();
  const channels = new Map<string, Readonly<Record<string, unknown>>>([[DIRECT, { id: DIRECT, type: 1, recipients: [ANN] }]]);
  let nextId = 700_000_000_000_000_000n;
  const state: { answersHeartbeats: boolean; sessionsLeft: number; handsOut: boolean; gatewayAt: string | undefined; resumesAt: string | undefined } = {
    answersHeartbeats: true, sessionsLeft: 1_000, handsOut: true, gatewayAt: undefined, resumesAt: undefined,
  };
  const kept = new Map<string, DiscordFile>();

  const tells = (t: string, d: unknown): void => {
    for (const session of sessions) {
      const told = { s: (session.events.at(-1)?.s ?? 0) + 1, t, d };
      session.events.push(told);
      session.socket?.send(JSON.stringify({ op: 0, ...told }));
    }
  };

  const post = (channel: string, { content = '', nonce, enforce_nonce: enforced, message_reference: reference }: Readonly<Record<string, unknown>>, file: DiscordFile | undefined): unknown => {
    if (!channels.has(channel)) throw refused(404, 10_003, 'Unknown Channel');
    if (file && file.content.length > 10 * 1024 * 1024) throw refused(413, 40_005, 'Request entity too large');
    if (typeof content !== 'string' || (content.trim() === '' && !file)) throw refused(400, 50_006, 'Cannot send an empty message');
    if (content.length > 2_000) throw refused(400, 50_035, 'Invalid Form Body');
    if (nonce !== undefined && (typeof nonce !== 'string' || nonce.length > 25)) throw refused(400, 50_035, 'Invalid Form Body');
    const known = enforced === true && typeof nonce === 'string' ? nonces.get(nonce) : undefined;
    if (known !== undefined) return { id: known };
    const message = { id: String(nextId++), channel, content, quotes: quoted(reference), file };
    standing.push(message);
    if (typeof nonce === 'string') nonces.set(nonce, message.id);
    return { id: message.id, channel_id: channel, content };
  };

  const perform = ({ method, path, body, file }: ApiCall): unknown => {
    const [, id = '', what, message] = /^\/channels\/(\w+)(?:\/(\w+))?(?:\/(\w+))?$/.exec(path) ?? [];
    if (method === 'GET' && path === '/users/@me') return BOT;
    if (method === 'GET' && path === '/gateway/bot') {
      return { url: state.gatewayAt ?? `ws://127.0.0.1:${portOf(server)}/new`, shards: 1, session_start_limit: { total: 1_000, remaining: state.sessionsLeft, reset_after: 14_400_000, max_concurrency: 1 } };
    }
    if (method === 'POST' && path === '/users/@me/channels') return channels.get(DIRECT);
    if (method === 'GET' && id && !what) {
      const channel = channels.get(id);
      if (!channel) throw refused(404, 10_003, 'Unknown Channel');
      return channel;
    }
    if (method === 'POST' && what === 'messages') return post(id, body, file);
    if (method === 'POST' && what === 'typing') return undefined;
    if (method === 'PATCH' && what === 'messages') {
      const found = standing.find((one) => one.id === message && one.channel === id);
      if (!found) throw refused(404, 10_008, 'Unknown Message');
      found.content = String(body['content']);
      return { id: message };
    }
    throw refused(404, 0, '404: Not Found');
  };

  const server = createServer(async (request, response) => {
    try {
      const path = (request.url ?? '').replace(/^\/api\/v10/, '');
      if (path.startsWith('/attachments/')) return handOut(request, response);
      if (request.headers.authorization !== `Bot ${TOKEN}`) throw refused(401, 0, '401: Unauthorized');
      if (!/^DiscordBot \(\S+, \S+\)/.test(request.headers['user-agent'] ?? '')) throw refused(403, 0, 'who are you?');
      const call: ApiCall = { method: request.method ?? '', path, ...(await read(request)) };
      calls.push(call);
      const mishap = [...mishaps].find(([name]) => `${call.method} ${path}`.startsWith(name.split(' ')[0] ?? '') && path.endsWith(name.split(' ')[1] ?? ''))?.[1].shift();
      if (mishap && 'cut' in mishap && mishap.cut === 'before') return void response.destroy();
      if (mishap && 'status' in mishap) return answer(response, mishap.status, mishap.body, mishap.headers);
      const result = perform(call);
      if (mishap) return void response.destroy();
      answer(response, result === undefined ? 204 : 200, result);
    } catch (thrown) {
      const { status, body } = thrown instanceof Refused ? thrown : refused(500, 0, String(thrown));
      answer(response, status, body);
    }
  });

  /** Whoever has the address may have it; a token has no business there. */
  const handOut = ({ url = '', headers }: IncomingMessage, response: ServerResponse): void => {
    const file = kept.get(url);
    if (headers.authorization !== undefined) throw refused(400, 0, 'a token was shown to the CDN');
    if (!file || !state.handsOut) return answer(response, 404, 'This content is no longer available.');
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.content.length });
    response.end(file.content);
  };

  const identify = (client: WebSocket, { token, intents }: Readonly<Record<string, unknown>>): void => {
    if (token !== TOKEN) return client.close(4004, 'Authentication failed.');
    if (intents !== NEEDED) return client.close(4013, 'Invalid intent(s).');
    if (state.sessionsLeft-- < 1) return client.send(JSON.stringify({ op: 9, d: false }));
    const session: Session = { id: `session-${nextId++}`, events: [], taken: 0, socket: client };
    // A test has one bot: a new session takes the place of the last.
    sessions.splice(0, sessions.length, session);
    const ready = { s: 1, t: 'READY', d: { v: 10, user: BOT, guilds: [], session_id: session.id, resume_gateway_url: state.resumesAt ?? `ws://127.0.0.1:${portOf(server)}/again`, application: { id: BOT.id, flags: 0 } } };
    session.events.push(ready);
    client.send(JSON.stringify({ op: 0, ...ready }));
  };

  const resume = (client: WebSocket, { token, session_id: id, seq }: Readonly<Record<string, unknown>>): void => {
    if (token !== TOKEN) return client.close(4004, 'Authentication failed.');
    const session = sessions.find((one) => one.id === id);
    if (!session) return client.send(JSON.stringify({ op: 9, d: false }));
    if (typeof seq !== 'number' || seq > (session.events.at(-1)?.s ?? 0)) return client.close(4007, 'Invalid seq.');
    session.socket = client;
    session.taken = seq;
    for (const event of session.events) if (event.s > seq) client.send(JSON.stringify({ op: 0, ...event }));
    const resumed = { s: (session.events.at(-1)?.s ?? 0) + 1, t: 'RESUMED', d: {} };
    session.events.push(resumed);
    client.send(JSON.stringify({ op: 0, ...resumed }));
  };

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const { searchParams } = new URL(request.url ?? '', 'http://x');
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (searchParams.get('v') !== '10' || searchParams.get('encoding') !== 'json') return client.close(4012, 'Invalid API version.');
      clients.add(client);
      client.on('close', (code) => {
        clients.delete(client);
        for (const session of sessions) {
          if (session.socket !== client) continue;
          session.socket = undefined;
          if (code === 1000 || code === 1001) sessions.splice(sessions.indexOf(session), 1);
        }
      });
      client.on('message', (data) => {
        // Sent by the driver under test.
        const { op, d } = JSON.parse(String(data as Buffer)) as { op: number; d: Readonly<Record<string, unknown>> };
        if (op !== 1) frames.push({ op, d });
        if (op === 2) identify(client, d);
        if (op === 6) resume(client, d);
        if (op !== 1) return;
        const session = sessions.find((one) => one.socket === client);
        if (session && typeof d === 'number') session.taken = d;
        if (state.answersHeartbeats) client.send(JSON.stringify({ op: 11 }));
      });
      client.send(JSON.stringify({ op: 10, d: { heartbeat_interval: heartbeatMs } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${portOf(server)}/api/v10`,
    token: TOKEN, bot: BOT, ann: ANN, direct: DIRECT,
    calls, frames,
    sent: (channel) => standing.filter((one) => channel === undefined || one.channel === channel),
    channel: (channel) => void channels.set(channel.id, channel),
    says: (message) => {
      const whole = { id: String(nextId++), channel_id: DIRECT, channel_type: 1, type: 0, author: ANN, content: '', timestamp: new Date().toISOString(), mentions: [], mention_roles: [], mention_everyone: false, attachments: [], embeds: [], pinned: false, tts: false, ...message };
      tells('MESSAGE_CREATE', whole);
      return String(whole.id);
    },
    tells,
    keeps: (file) => {
      const id = String(nextId++);
      const path = `/attachments/${id}/${encodeURIComponent(file.name)}`;
      kept.set(path, file);
      return { id, filename: file.name, content_type: file.type, size: file.content.length, url: `http://127.0.0.1:${portOf(server)}${path}` };
    },
    get handsOut() {
      return state.handsOut;
    },
    set handsOut(does) {
      state.handsOut = does;
    },
    get answersHeartbeats() {
      return state.answersHeartbeats;
    },
    set answersHeartbeats(does) {
      state.answersHeartbeats = does;
    },
    get sessionsLeft() {
      return state.sessionsLeft;
    },
    set sessionsLeft(left) {
      state.sessionsLeft = left;
    },
    get gatewayAt() {
      return state.gatewayAt;
    },
    set gatewayAt(url) {
      state.gatewayAt = url;
    },
    get resumesAt() {
      return state.resumesAt;
    },
    set resumesAt(url) {
      state.resumesAt = url;
    },
    pushes: (frame) => {
      for (const client of clients) client.send(JSON.stringify(frame));
    },
    befalls: (call, ...list) => void mishaps.set(call, [...(mishaps.get(call) ?? []), ...list]),
    cut: (code) => {
      for (const client of clients) {
        if (code === undefined) client.terminate();
        else client.close(code, 'as asked');
      }
    },
    forget: () => void sessions.splice(0),
    get sockets() {
      return clients.size;
    },
    get places() {
      return { taken: sessions[0]?.taken ?? 0, told: sessions[0]?.events.at(-1)?.s ?? 0 };
    },
    untaken: () => sessions.flatMap(({ events, taken }) => events.filter(({ s, t }) => t === 'MESSAGE_CREATE' && s > taken)).length,
    until: (holds, ms = 5_000) => holding(holds, ms, () => ({ calls: calls.slice(-8), frames: frames.slice(-4) })),
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const refused = (status: number, code: number, message: string): Refused => new Refused(status, { code, message });

const quoted = (reference: unknown): string | undefined =>
  typeof reference === 'object' && reference !== null && 'message_id' in reference ? String(reference.message_id) : undefined;

const read = async (request: IncomingMessage): Promise<Pick<ApiCall, 'body' | 'file'>> => {
  const bytes = await bytesOf(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return { body: parse(bytes.toString()) };
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  const [file, payload] = [form.get('files[0]'), form.get('payload_json')];
  return { body: parse(typeof payload === 'string' ? payload : ''), file: file instanceof File ? { name: file.name, type: file.type, content: new Uint8Array(await file.arrayBuffer()) } : undefined };
};

// Sent by the driver under test.
const parse = (body: string): Record<string, unknown> => (body === '' ? {} : (JSON.parse(body) as Record<string, unknown>));
