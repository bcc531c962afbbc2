/**
 * A local homeserver that speaks the Client-Server API as it is documented, as far as the driver uses it.
 *
 *   await using matrix = await startMatrixServer();
 *   matrix.room('!dm:test', [matrix.me, '@ann:test']);
 *   matrix.says('!dm:test', '@ann:test', 'Hello');
 *   await matrix.until(() => matrix.sent('!dm:test').length === 1);
 *
 * Every event has its place in one stream; `since`, `from` and `to` are places in it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { answer, bytesOf, holding, Refused } from './vendor-server.ts';

const TOKEN = 'syt_Y2xhdw_TEST-token-of-an-account_0a1b2c';
const ME = '@claw:test';
const LARGEST_EVENT = 65_536;

type Fields = Readonly<Record<string, unknown>>;

export interface MatrixCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Fields;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What happens to a call instead of its answer. `after`: it has taken effect all the same. */
type Mishap = { readonly status: number; readonly errcode: string; readonly more?: Fields } | { readonly cut: 'before' | 'after' } | { readonly html: number };
type Kind = 'sync' | 'send' | 'join' | 'members' | 'messages' | 'account_data' | 'upload' | 'download';

interface StreamEvent {
  readonly place: number;
  readonly room: string;
  readonly event: Fields & { readonly type: string; readonly sender: string; readonly event_id: string; readonly state_key?: string; readonly content: Fields };
}

export interface StandingText {
  readonly id: string;
  text: string;
  readonly content: Fields;
}

export interface MatrixFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

export interface MatrixServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly me: string;
  readonly calls: readonly MatrixCall[];
  /** A room with these in it. */
  room(id: string, members: readonly string[]): void;
  /** Somebody is somewhere, or is not: `join`, `invite`, `leave`. */
  becomes(room: string, user: string, membership: string, more?: { readonly by?: string; readonly content?: Fields }): void;
  /** Text, or content that says more; the id of the event. */
  says(room: string, sender: string, said: string | Fields, more?: { readonly at?: number; readonly type?: string }): string;
  isIn(room: string): boolean;
  /** What the account has said there, as people see it: edits have changed it. */
  sent(room?: string): readonly StandingText[];
  /** What the account has shown there that is no text. */
  sentFiles(room?: string): readonly (MatrixFile & { readonly id: string; readonly msgtype: string })[];
  /** Somebody has put a file there: its address. */
  has(file: MatrixFile): string;
  /** It is of a time when media needed no token, and lay elsewhere. */
  knowsOnlyOldMedia(): void;
  /** The next calls of a kind end like this, one after the other. */
  befalls(kind: Kind, ...mishaps: readonly Mishap[]): void;
  /** Ends the question that waits. */
  wake(): void;
  /** What others said after the place that the account keeps. */
  untaken(): number;
  /** As with another database: what was a place is none. */
  forgets(): void;
  until(holds: () => boolean, ms?: number): Promise<void>;
}

export const startMatrixServer = async (): Promise<MatrixServer> => {
  const stream: StreamEvent[] = [];
  const calls: MatrixCall[] = [];
  const kept = new Map<string, Fields>();
  const transactions = new Map<string, string>();
  const media = new Map<string, MatrixFile>();
  let oldMedia = false;
  const mishaps = new Map<Kind, Mishap[]>();
  const polls = new Set<() => void>();
  let generation = 's';
  /** How often a question that waited was ended. */
  let wakes = 0;

  const wake = (): void => {
    for (const poll of polls) poll();
  };
  const add = (room: string, event: Fields & { type: string; sender: string; content: Fields }): string => {
    const id = `$event-${stream.length + 1}`;
    stream.push({ place: stream.length + 1, room, event: { origin_server_ts: Date.now(), ...event, event_id: id } });
    wake();
    return id;
  };
  const membershipOf = (room: string, user: string): StreamEvent | undefined => stream.findLast(({ room: at, event }) => at === room && event.type === 'm.room.member' && event.state_key === user);
  const isIn = (room: string, user = ME): boolean => membershipOf(room, user)?.event.content['membership'] === 'join';

  const becomes: MatrixServer['becomes'] = (room, user, membership, { by = user, content = {} } = {}) => {
    const before = membershipOf(room, user);
    add(room, {
      type: 'm.room.member', sender: by, state_key: user, content: { membership, displayname: user.slice(1, user.indexOf(':')), ...content },
      ...(before && { unsigned: { prev_content: before.event.content } }),
    });
  };

  const placeOf = (token: string): number => {
    const [, of, place] = /^([a-z])(\d+)$/.exec(token) ?? [];
    if (of !== generation) throw refused(400, 'M_UNKNOWN', 'Invalid stream token');
    return Number(place);
  };
  const token = (place: number): string => `${generation}${place}`;

  const batchSince = (since: number | undefined, timeline: Fields): { readonly join: object; readonly invite: object; readonly leave: object } => {
    const rooms = [...new Set(stream.map(({ room }) => room))];
    const mine = (membership: string): string[] => rooms.filter((room) => membershipOf(room, ME)?.event.content['membership'] === membership);
    const isNew = (room: string): boolean => since === undefined || (membershipOf(room, ME)?.place ?? 0) > since;
    const join = mine('join').flatMap((room) => {
      const from = isNew(room) ? 0 : (since ?? 0);
      const events = stream.filter((one) => one.room === room && one.place > from && wanted(one, timeline));
      const shown = events.slice(-Number(timeline['limit'] ?? 10));
      if (shown.length === 0) return [];
      return [[room, { timeline: { events: shown.map(({ event }) => event), limited: shown.length < events.length, prev_batch: token((shown[0]?.place ?? 1) - 1) } }]];
    });
    const invite = mine('invite').filter(isNew).map((room) => [room, { invite_state: { events: [{ type: 'm.room.name', sender: '@x:test', state_key: '', content: {} }, membershipOf(room, ME)?.event] } }]);
    return { join: Object.fromEntries(join), invite: Object.fromEntries(invite), leave: Object.fromEntries(since === undefined ? [] : mine('leave').filter(isNew).map((room) => [room, {}])) };
  };

  const sync = async ({ since, filter = '{}', timeout = '0' }: MatrixCall['query'], gone: AbortSignal): Promise<unknown> => {
    const from = since === undefined ? undefined : placeOf(since);
    // Of the driver under test.
    const { room } = JSON.parse(filter) as { room?: { timeline?: Fields } };
    const asked = wakes;
    for (const end = performance.now() + Number(timeout); ; ) {
      const rooms = batchSince(from, room?.timeline ?? {});
      if (performance.now() >= end || !isQuiet(rooms) || gone.aborted || asked !== wakes) return { next_batch: token(stream.length), rooms };
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, end - performance.now()));
        const poll = (): void => {
          clearTimeout(timer);
          polls.delete(poll);
          resolve();
        };
        polls.add(poll);
        gone.addEventListener('abort', poll, { once: true });
      });
    }
  };

  const messages = (room: string, { dir, from = '', to, limit = '10', filter = '{}' }: MatrixCall['query']): unknown => {
    if (dir !== 'f') throw refused(400, 'M_INVALID_PARAM', 'only forwards here');
    const end = to === undefined ? stream.length : placeOf(to);
    const found = stream.filter((one) => one.room === room && one.place > placeOf(from) && one.place <= end);
    const page = found.slice(0, Number(limit));
    // A page may be empty because of the filter, and others come after it.
    const shown = page.filter((one) => wanted(one, JSON.parse(filter) as Fields));
    return { start: from, chunk: shown.map(({ event }) => event), ...(page.length > 0 && { end: token(page.at(-1)?.place ?? 0) }) };
  };

  const send = (room: string, txn: string, content: Fields): unknown => {
    const known = transactions.get(`${room} ${txn}`);
    if (known !== undefined) return { event_id: known };
    if (!isIn(room)) throw refused(403, 'M_FORBIDDEN', `User ${ME} not in room ${room}`);
    if (JSON.stringify(content).length > LARGEST_EVENT) throw refused(413, 'M_TOO_LARGE', 'event too large');
    // Written by the driver under test.
    const relation = content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined;
    if (relation?.event_id !== undefined && !stream.some(({ event }) => event.event_id === relation.event_id)) throw refused(400, 'M_UNKNOWN', "Can't send relation to unknown event");
    const id = add(room, { type: 'm.room.message', sender: ME, content });
    transactions.set(`${room} ${txn}`, id);
    return { event_id: id };
  };

  const keep = (file: MatrixFile): string => {
    const id = `media_${media.size + 1}`;
    media.set(id, file);
    return `mxc://test/${id}`;
  };

  const routes: readonly [string, RegExp, (ids: readonly string[], call: MatrixCall, gone: AbortSignal) => unknown, Kind?][] = [
    ['GET', /^\/account\/whoami$/, () => ({ user_id: ME, device_id: 'CLAW' })],
    ['GET', /^\/sync$/, (_, { query }, gone) => sync(query, gone), 'sync'],
    ['GET', /^\/user\/([^/]+)\/account_data\/([^/]+)$/, ([user, type]) => kept.get(`${user} ${type}`) ?? refuse(404, 'M_NOT_FOUND', 'Account data not found')],
    ['PUT', /^\/user\/([^/]+)\/account_data\/([^/]+)$/, ([user, type], { body }) => {
      kept.set(`${user} ${type}`, body);
      return {};
    }, 'account_data'],
    ['GET', /^\/rooms\/([^/]+)\/members$/, ([room = ''], { query }) => {
      if (!isIn(room)) throw refused(403, 'M_FORBIDDEN', 'not there');
      const users = new Set(stream.flatMap(({ room: at, event }) => (at === room && event.type === 'm.room.member' && event.state_key !== undefined ? [event.state_key] : [])));
      return { chunk: [...users].map((user) => membershipOf(room, user)?.event).filter((event) => event?.content['membership'] !== query['not_membership']) };
    }, 'members'],
    ['GET', /^\/rooms\/([^/]+)\/messages$/, ([room = ''], { query }) => messages(room, query), 'messages'],
    ['POST', /^\/rooms\/([^/]+)\/join$/, ([room = '']) => {
      if (membershipOf(room, ME)?.event.content['membership'] !== 'invite') throw refused(403, 'M_FORBIDDEN', 'You are not invited to this room.');
      becomes(room, ME, 'join');
      return { room_id: room };
    }, 'join'],
    ['PUT', /^\/rooms\/([^/]+)\/send\/m\.room\.message\/([^/]+)$/, ([room = '', txn = ''], { body }) => send(room, txn, body), 'send'],
    ['POST', /^\/_matrix\/media\/v3\/upload$/, (_, { query, type, bytes }) => ({ content_uri: keep({ name: query['filename'] ?? '', type, content: bytes }) }), 'upload'],
    ['GET', /^\/_matrix\/client\/v1\/media\/download\/test\/([^/]+)$/, ([id = '']) => (oldMedia ? refuse(404, 'M_UNRECOGNIZED', 'Unrecognized request') : (media.get(id)?.content ?? refuse(404, 'M_NOT_FOUND', 'Not found'))), 'download'],
    ['GET', /^\/_matrix\/media\/v3\/download\/test\/([^/]+)$/, ([id = '']) => (oldMedia ? (media.get(id)?.content ?? refuse(404, 'M_NOT_FOUND', 'Not found')) : refuse(404, 'M_NOT_FOUND', 'Not found')), 'download'],
    ['PUT', /^\/rooms\/([^/]+)\/typing\/([^/]+)$/, () => ({})],
  ];

  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const url = new URL(request.url ?? '/', 'http://test');
      if (request.headers.authorization !== `Bearer ${TOKEN}`) throw refused(401, 'M_UNKNOWN_TOKEN', `Unknown token ${request.headers.authorization}`);
      const bytes = await bytesOf(request);
      const path = url.pathname.replace('/_matrix/client/v3', '');
      const type = request.headers['content-type'] ?? '';
      // Sent by the driver under test.
      const body = type === 'application/json' && bytes.length > 0 ? (JSON.parse(String(bytes)) as Fields) : {};
      const call: MatrixCall = { method: request.method ?? '', path: decodeURIComponent(path), query: Object.fromEntries(url.searchParams), body, type, bytes };
      calls.push(call);
      const route = routes.find(([method, form]) => method === call.method && form.test(path));
      if (!route) throw refused(404, 'M_UNRECOGNIZED', 'Unrecognized request');
      const [, form, perform, kind] = route;
      const mishap = kind && mishaps.get(kind)?.shift();
      if (mishap && 'cut' in mishap && mishap.cut === 'before') return void response.destroy();
      if (mishap && 'html' in mishap) return void response.writeHead(mishap.html, { 'content-type': 'text/html' }).end('<h1>A proxy</h1>');
      if (mishap && 'status' in mishap) throw refused(mishap.status, mishap.errcode, 'as asked', mishap.more);
      const result = await perform((form.exec(path) ?? []).slice(1).map(decodeURIComponent), call, gone.signal);
      if (mishap) return void response.destroy();
      if (result instanceof Uint8Array) response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(result);
      else answer(response, 200, result);
    } catch (thrown) {
      const { status, body } = thrown instanceof Refused ? thrown : refused(500, 'M_UNKNOWN', String(thrown));
      answer(response, status, body);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    token: TOKEN,
    me: ME,
    calls,
    room: (id, members) => {
      for (const member of members) becomes(id, member, 'join');
    },
    becomes,
    says: (room, sender, said, { at, type = 'm.room.message' } = {}) =>
      add(room, { type, sender, content: typeof said === 'string' ? { msgtype: 'm.text', body: said } : said, ...(at !== undefined && { origin_server_ts: at }) }),
    isIn: (room) => isIn(room),
    sent: (room) => {
      const standing: StandingText[] = [];
      for (const { room: at, event } of stream) {
        if (event.sender !== ME || event.type !== 'm.room.message' || (room !== undefined && at !== room)) continue;
        // Checked by `send`, or by nobody: a test sees what it sees.
        const { msgtype, body, 'm.relates_to': relation, 'm.new_content': fresh } = event.content as { msgtype: string; body: string; 'm.relates_to'?: { rel_type?: string; event_id?: string }; 'm.new_content'?: { body: string } };
        if (msgtype !== 'm.text') continue;
        const edited = relation?.rel_type === 'm.replace' ? standing.find(({ id }) => id === relation.event_id) : undefined;
        if (edited && fresh) edited.text = fresh.body;
        else standing.push({ id: event.event_id, text: body, content: event.content });
      }
      return standing;
    },
    sentFiles: (room) =>
      stream.flatMap(({ room: at, event: { sender, content, event_id: id } }) => {
        const { msgtype, url } = content;
        const file = sender === ME && (room === undefined || at === room) && typeof url === 'string' ? media.get(url.replace('mxc://test/', '')) : undefined;
        return file ? [{ ...file, id, msgtype: String(msgtype) }] : [];
      }),
    has: keep,
    knowsOnlyOldMedia: () => void (oldMedia = true),
    befalls: (kind, ...list) => void mishaps.set(kind, [...(mishaps.get(kind) ?? []), ...list]),
    wake: () => {
      wakes++;
      wake();
    },
    untaken: () => {
      const since = kept.get(`${ME} com.openclaw.place`)?.['since'];
      return stream.filter(({ place, event }) => event.type === 'm.room.message' && event.sender !== ME && (typeof since !== 'string' || place > placeOf(since))).length;
    },
    forgets: () => {
      generation = 'z';
      server.closeAllConnections();
    },
    until: (holds, ms = 5_000) => holding(holds, ms, () => ({ calls: calls.slice(-8) })),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const isQuiet = (rooms: object): boolean => Object.values(rooms).every((kind: object) => Object.keys(kind).length === 0);

const wanted = ({ event }: StreamEvent, { types }: Fields): boolean => !Array.isArray(types) || types.includes(event.type);

const refused = (status: number, errcode: string, message: string, more: Fields = {}): Refused => new Refused(status, { errcode, error: message, ...more });

const refuse = (...why: Parameters<typeof refused>): never => {
  throw refused(...why);
};
