/**
 * A local server that speaks Slack's Web API and socket mode as they are documented, as far as the driver uses them.
 *
 *   await using slack = await startSlackServer();
 *   slack.says({ text: 'Hello' });
 *   await slack.until(() => slack.sent().length === 1);
 *
 * An event that nobody acknowledges is told again, by whatever socket is open then. With `comesTo`, it comes with each instead, signed,
 * and again where it is not answered with 200.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { SlackFiles } from './slack-files.ts';
import { answer, bytesOf, holding, Refused } from './vendor-server.ts';

const BOT_TOKEN = 'xoxb-1234567890-a-bot-of-the-tests';
const APP_TOKEN = 'xapp-1-A0TEST-an-app-of-the-tests';
const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
/** They only read, and take no JSON. */
const BY_FORM: ReadonlySet<string> = new Set(['users.info', 'files.info', 'files.getUploadURLExternal']);
const BOT = { user_id: 'U0CLAW', bot_id: 'B0CLAW', user: 'claw', team_id: 'T0TEST', team: 'Tests', url: 'https://tests.slack.example/' };

export interface ApiCall {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What happens to a call instead of its answer. `after`: it has taken effect all the same. */
export type Mishap = { readonly error: string } | { readonly status: number; readonly retryAfter?: number } | { readonly cut: 'before' | 'after' };

/** What Slack shows of itself beside a body. */
export type SlackHeaders = Readonly<Record<string, string>>;
type Reached = (body: string, headers: SlackHeaders) => Promise<number>;

interface Standing {
  readonly ts: string;
  readonly channel: string;
  readonly thread: string | undefined;
  /** As people see it. */
  text: string;
}

interface Telling {
  readonly payload: Readonly<Record<string, unknown>>;
  attempt: number;
  envelope: string;
  timer: NodeJS.Timeout | undefined;
}

export interface SlackServer extends AsyncDisposable {
  readonly url: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly bot: typeof BOT;
  readonly calls: readonly ApiCall[];
  sent(channel?: string): readonly Standing[];
  readonly files: SlackFiles;
  /** Where the next sockets are said to be, instead of where they are. */
  socketsAt: string | undefined;
  /** Ann writes to the bot, unless the event says otherwise; its `ts`. */
  says(event: Readonly<Record<string, unknown>>): string;
  /** An event as it is; the same `eventId` is the same event. */
  tells(event: Readonly<Record<string, unknown>>, eventId?: string): void;
  /** Where it comes to, instead of telling it by a socket: answers with a status. */
  comesTo(reached: Reached): void;
  /** The headers of a body, signed at a time, which is now unless it is said. */
  sign(body: string, time?: number): SlackHeaders;
  /** What the last requests were answered with. */
  readonly statuses: readonly number[];
  /** A frame to every socket. */
  frames(frame: unknown): void;
  befalls(method: string, ...mishaps: readonly Mishap[]): void;
  /** Cuts every socket. */
  cut(): void;
  readonly sockets: number;
  /** How many sockets there ever were. */
  readonly socketsEver: number;
  /** How often the last socket went. */
  readonly gaps: number;
  /** Events that nobody acknowledged yet. */
  untaken(): number;
  /** How often an event was told again. */
  readonly repeats: number;
  until(holds: () => boolean, ms?: number): Promise<void>;
}

export const startSlackServer = async ({ retryMs = 3_000 }: { readonly retryMs?: number } = {}): Promise<SlackServer> => {
  const calls: ApiCall[] = [];
  const standing: Standing[] = [];
  const mishaps = new Map<string, Mishap[]>();
  const tickets = new Set<string>();
  const untaken = new Set<Telling>();
  const open: WebSocket[] = [];
  const statuses: number[] = [];
  const files = new SlackFiles({ token: BOT_TOKEN, origin: () => `http://127.0.0.1:${portOf(server)}`, refuse });
  let reached: Reached | undefined;
  let closed = false;
  let socketsAt: string | undefined;
  let [nextTs, nextId, socketsEver, gaps, repeats] = [100_000, 1, 0, 0, 0];
  const now = (): string => `${Math.floor(Date.now() / 1000)}.${String(nextTs++).padStart(6, '0')}`;

  const sign = (body: string, time = Math.floor(Date.now() / 1_000)): SlackHeaders => ({
    'content-type': 'application/json', 'x-slack-request-timestamp': String(time),
    'x-slack-signature': `v0=${createHmac('sha256', SIGNING_SECRET).update(`v0:${time}:${body}`).digest('hex')}`,
  });

  const again = (telling: Telling): void => {
    telling.timer = setTimeout(() => {
      repeats++;
      tell(telling);
    }, retryMs);
  };

  const come = async (telling: Telling): Promise<void> => {
    const body = JSON.stringify(telling.payload);
    const retry: SlackHeaders = telling.attempt++ > 0 ? { 'x-slack-retry-num': String(telling.attempt - 1), 'x-slack-retry-reason': 'http_error' } : {};
    const status = (await reached?.(body, { ...sign(body), ...retry }).catch(() => 0)) ?? 0;
    statuses.push(status);
    if (status === 200) untaken.delete(telling);
    else if (!closed) again(telling);
  };

  const tell = (telling: Telling): void => {
    clearTimeout(telling.timer);
    if (reached) return void come(telling);
    const socket = open.at(-1);
    if (!socket) return;
    telling.envelope = `envelope-${nextId++}`;
    socket.send(JSON.stringify({ type: 'events_api', envelope_id: telling.envelope, accepts_response_payload: false, payload: telling.payload, retry_attempt: telling.attempt, retry_reason: telling.attempt > 0 ? 'timeout' : '' }));
    telling.attempt++;
    again(telling);
  };

  const tells = (event: Readonly<Record<string, unknown>>, eventId = `Ev${nextId++}`): void => {
    const telling: Telling = { attempt: 0, envelope: '', timer: undefined, payload: { token: 'z', team_id: BOT.team_id, api_app_id: 'A0TEST', type: 'event_callback', event_id: eventId, event_time: Math.floor(Date.now() / 1000), event } };
    untaken.add(telling);
    tell(telling);
  };

  const perform = ({ method, parameters }: ApiCall): Readonly<Record<string, unknown>> => {
    const { channel, text, ts, thread_ts: thread, user } = parameters;
    switch (method) {
      case 'auth.test': return BOT;
      case 'apps.connections.open': {
        const ticket = `ticket-${nextId++}-${'s'.repeat(8)}`;
        tickets.add(ticket);
        return { url: socketsAt ?? `ws://127.0.0.1:${portOf(server)}/link/?ticket=${ticket}&app_id=A0TEST` };
      }
      case 'users.info': return { user: { id: user, name: 'ann', real_name: 'Ann Lee', profile: { display_name: 'Ann' } } };
      case 'chat.postMessage': {
        if (typeof text !== 'string' || text === '') throw refused('no_text');
        const message = { ts: now(), channel: String(channel), thread: typeof thread === 'string' ? thread : undefined, text: seen(text) };
        standing.push(message);
        return { channel, ts: message.ts, message: { text, bot_id: BOT.bot_id, type: 'message' } };
      }
      case 'chat.update': {
        const message = standing.find((one) => one.ts === ts && one.channel === channel);
        if (!message) throw refused('message_not_found');
        if (Buffer.byteLength(String(text)) > 4_000) throw refused('msg_too_long');
        message.text = seen(String(text));
        return { channel, ts, text };
      }
      case 'chat.delete': {
        const index = standing.findIndex((one) => one.ts === ts && one.channel === channel);
        if (index < 0) throw refused('message_not_found');
        standing.splice(index, 1);
        return { channel, ts };
      }
      case 'assistant.threads.setStatus': return {};
      default: return files.perform(method, parameters) ?? refuse('unknown_method');
    }
  };

  const server = createServer(async (request, response) => {
    try {
      if (await files.serves(request, response)) return;
      const [, method = ''] = /^\/api\/([\w.]+)$/.exec(request.url ?? '') ?? [];
      const token = method === 'apps.connections.open' ? APP_TOKEN : BOT_TOKEN;
      if (request.headers.authorization !== `Bearer ${token}`) throw refused('invalid_auth');
      const call: ApiCall = { method, parameters: await read(request, BY_FORM.has(method)) };
      calls.push(call);
      const mishap = mishaps.get(method)?.shift();
      if (mishap && 'cut' in mishap && mishap.cut === 'before') return void response.destroy();
      if (mishap && 'status' in mishap) return void response.writeHead(mishap.status, mishap.retryAfter === undefined ? {} : { 'retry-after': String(mishap.retryAfter) }).end();
      if (mishap && 'error' in mishap) throw refused(mishap.error);
      const result = perform(call);
      if (mishap) return void response.destroy();
      answer(response, 200, { ok: true, ...result });
    } catch (thrown) {
      answer(response, 200, (thrown instanceof Refused ? thrown : refused(String(thrown))).body);
    }
  });

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const ticket = new URL(request.url ?? '', 'http://x').searchParams.get('ticket') ?? '';
    // A ticket is good for one connection.
    if (!tickets.delete(ticket)) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) => {
      socketsEver++;
      open.push(client);
      client.on('close', () => {
        open.splice(open.indexOf(client), 1);
        if (open.length === 0) gaps++;
      });
      client.on('message', (data) => {
        // Sent by the driver under test.
        const { envelope_id: envelope } = JSON.parse(String(data as Buffer)) as { envelope_id?: string };
        for (const telling of untaken) {
          if (telling.envelope !== envelope) continue;
          clearTimeout(telling.timer);
          untaken.delete(telling);
        }
      });
      client.send(JSON.stringify({ type: 'hello', num_connections: open.length, debug_info: { host: 'applink', approximate_connection_time: 18_060 }, connection_info: { app_id: 'A0TEST' } }));
      for (const telling of untaken) if (open.length === 1) tell(telling);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${portOf(server)}/api`,
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    signingSecret: SIGNING_SECRET,
    bot: BOT,
    calls,
    files,
    get socketsAt() {
      return socketsAt;
    },
    set socketsAt(url) {
      socketsAt = url;
    },
    sent: (channel) => standing.filter((one) => channel === undefined || one.channel === channel),
    says: (event) => {
      const ts = now();
      const whole = { type: 'message', channel: 'D0ANN', channel_type: 'im', user: 'U0ANN', ts, event_ts: ts, team: BOT.team_id, ...event };
      tells(whole);
      return String(whole.ts);
    },
    tells,
    comesTo: (there) => {
      reached = there;
      for (const telling of untaken) tell(telling);
    },
    sign,
    statuses,
    frames: (frame) => {
      for (const client of open) client.send(JSON.stringify(frame));
    },
    befalls: (method, ...list) => void mishaps.set(method, [...(mishaps.get(method) ?? []), ...list]),
    cut: () => {
      for (const client of open) client.terminate();
    },
    get sockets() {
      return open.length;
    },
    get socketsEver() {
      return socketsEver;
    },
    get gaps() {
      return gaps;
    },
    untaken: () => untaken.size,
    get repeats() {
      return repeats;
    },
    until: (holds, ms = 5_000) => holding(holds, ms, () => ({ calls: calls.slice(-8) })),
    [Symbol.asyncDispose]: async () => {
      closed = true;
      for (const { timer } of untaken) clearTimeout(timer);
      untaken.clear();
      for (const client of open) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Slack says no with the status 200. */
const refused = (error: string): Refused => new Refused(200, { ok: false, error });

const refuse = (error: string): never => {
  throw refused(error);
};

const read = async (request: IncomingMessage, isForm: boolean): Promise<Readonly<Record<string, unknown>>> => {
  const body = String(await bytesOf(request));
  if (isForm !== (request.headers['content-type'] === 'application/x-www-form-urlencoded')) throw refused('invalid_arguments');
  if (isForm) return Object.fromEntries(new URLSearchParams(body));
  // Sent by the driver under test.
  return body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
};

const seen = (text: string): string => {
  if (/<[^>]*>/.test(text)) throw refused(`a mark-up that nobody asked for: ${text}`);
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
};
