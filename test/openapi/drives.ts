/** What the answers of each route are checked with. A new route needs at least one request here that it answers. */

/** What there is when they are sent. */
export interface Scene {
  /** A session in which a tool was used and a turn failed, and one that nobody needs any more. */
  readonly session: string;
  readonly spare: string;
  readonly turn: string;
  readonly failedTurn: string;
}

export interface Drive {
  /** Fills the path. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: object;
  /** Asks for the stream. */
  readonly stream?: true;
  readonly headers?: Readonly<Record<string, string>>;
}

type Drives = (scene: Scene) => readonly Drive[];

const message = (text: string, more: object = {}): Drive => ({ body: { message: text, ...more } });
const native = (body: object = {}): Drives => () => [{ body }];

/** By method and path as a route has them, in the order in which they are sent. */
export const DRIVES: Readonly<Record<string, Drives>> = {
  'GET /api/status': () => [{}],
  'POST /api/sessions/:key/messages': () => [message('Hi'), message('use the tool'), message('Hi', { timeoutSeconds: 0 })].map((drive) => ({ ...drive, params: { key: 'driven' } })),
  'GET /api/sessions': () => [{}, { query: 'kinds=main,isolated&limit=5&offset=0' }],
  'POST /api/sessions': () => [{ body: { label: 'Made', target: 'isolated' } }, { body: { userId: 'ann' } }],
  'GET /api/sessions/:key': ({ session }) => [{ params: { key: session } }],
  'GET /api/sessions/:key/history': ({ session }) => [{ params: { key: session }, query: 'includeTools=true&limit=200' }],
  'DELETE /api/sessions/:key': () => [{ params: { key: 'driven' } }],

  'GET /api/v1/health': () => [{}],
  'POST /api/v1/messages': () => [message('Hi', { workspace: 'v1', userId: 'ann' }), message('use the tool', { workspace: 'v1' }), message('Hi', { workspace: 'v1', timeoutSeconds: 0 })],
  'POST /api/v1/messages/stream': () =>
    [message('use the tool', { workspace: 'v1' }), message('stumble', { workspace: 'v1' }), message('fail', { workspace: 'v1' }), message('Hi', { workspace: 'v1', timeoutSeconds: 0 })].map((drive) => ({ ...drive, stream: true })),
  'GET /api/v1/sessions': () => [{ query: 'workspace=v1&limit=10' }],
  'GET /api/v1/sessions/:id': ({ session }) => [{ params: { id: session } }],
  'GET /api/v1/sessions/:id/history': ({ session }) => [{ params: { id: session }, query: 'includeTools=1' }],
  'DELETE /api/v1/sessions/:id': ({ spare }) => [{ params: { id: spare } }],
  'DELETE /api/v1/sessions': () => [{ query: 'workspace=v1' }],

  'POST /api/sessions/send': () => [message('Hi'), message('Hi', { timeoutSeconds: 0 })],
  'POST /api/sessions/spawn': () => [{ body: { task: 'use the tool', label: 'One thing', runTimeoutSeconds: 20 } }],
  'GET /api/sessions/list': () => [{ query: 'messageLimit=5&kinds=isolated' }, { body: { messageLimit: 5 } }],
  'GET /api/sessions/history': ({ session }) => [{ query: `sessionKey=${session}&includeTools=true` }],
  'GET /api/session/status': ({ session }) => [{ query: `sessionKey=${session}` }],

  'GET /api/v1/status': () => [{}],

  'POST /api/native/messages.send': () => [
    { body: { text: 'Hi', session: 'native' } },
    { body: { text: 'Hi', session: 'native', timeoutSeconds: 0 } },
    ...['use the tool', 'stumble', 'fail'].map((text): Drive => ({ body: { text, session: 'native' }, stream: true })),
  ],
  'POST /api/native/turns.get': ({ turn, failedTurn }) => [{ body: { turn } }, { body: { turn: failedTurn } }],
  'POST /api/native/turns.watch': ({ turn }) => [{ body: { turn } }, { body: { turn }, stream: true }],
  'POST /api/native/turns.cancel': ({ turn }) => [{ body: { turn } }],
  'POST /api/native/tasks.run': () => [{ body: { task: 'Hi' } }, { body: { task: 'use the tool' }, stream: true }],
  'POST /api/native/sessions.create': native({ label: 'Mine' }),
  'POST /api/native/sessions.list': native({ messageLimit: 20 }),
  'POST /api/native/sessions.get': native({ session: 'native' }),
  'POST /api/native/sessions.status': native({ session: 'native' }),
  'POST /api/native/sessions.history': native({ session: 'native', includeTools: true, limit: '200' }),
  'POST /api/native/sessions.delete': native({ session: 'native' }),
  'POST /api/native/sessions.clear': native({ workspace: 'v1' }),
  'POST /api/native/activity.watch': () => [{ stream: true }],
  'POST /api/native/events.list': native({ limit: 200 }),
  'POST /api/native/models.list': native(),
  'POST /api/native/models.test': native(),
  'POST /api/native/usage.today': native(),
  'POST /api/native/status.get': native(),
};
