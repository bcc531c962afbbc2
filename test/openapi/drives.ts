/** What the answers of each route are checked with. A new route needs at least one request here that it answers. */

/** What there is when they are sent. */
export interface Scene {
  /** A session in which a tool was used and a turn failed, and one that nobody needs any more. */
  readonly session: string;
  readonly spare: string;
  readonly turn: string;
  readonly failedTurn: string;
  /** One for which no model had room. */
  readonly crowdedTurn: string;
  /** Tasks that were completed, and failed. */
  readonly task: string;
  readonly failedTask: string;
  /** A job that ran and failed, and two that nobody needs any more. */
  readonly job: string;
  readonly spareJobs: readonly [string, string, string];
  /** What the registry has: a package of one skill, and one of two. */
  readonly packages: { readonly single: string; readonly pair: string };
  /** An installed skill in which a file was changed, and one whose SKILL.md is none. */
  readonly changedSkill: string;
  readonly brokenSkill: string;
  /** Codes of people who wait to be let in. */
  readonly pairings: readonly [string, string];
  /** A webhook, something that it was sent, and one that nobody needs any more. */
  readonly webhook: string;
  readonly delivery: string;
  readonly spareWebhook: string;
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
const budget = { tokensPerDay: 1_000_000_000, usdPerDay: 1_000 };
const taskOptions = { model: 'test/model', max_tokens: 100, timeout_seconds: 60 };
const nativeOptions = { model: 'test/model', maxTokens: 100, noMemory: true, runTimeoutSeconds: 60 };
const range = 'from=2026-01-01&timezone=Europe/Berlin';

/** By method and path as a route has them, in the order in which they are sent. */
export const DRIVES: Readonly<Record<string, Drives>> = {
  'GET /api/status': () => [{}],
  'POST /api/sessions/:key/messages': () => [message('Hi'), message('use the tool'), message('Hi', { timeoutSeconds: 0 })].map((drive) => ({ ...drive, params: { key: 'driven' } })),
  'GET /api/sessions': () => [{}, { query: 'kinds=main,isolated&limit=5&offset=0' }],
  'POST /api/sessions': () => [{ body: { label: 'Made', target: 'isolated' } }, { body: { userId: 'ann' } }],
  'GET /api/sessions/:key': ({ session }) => [{ params: { key: session } }],
  'GET /api/sessions/:key/history': ({ session }) => [{ params: { key: session }, query: 'includeTools=true&limit=200' }],
  'DELETE /api/sessions/:key': () => [{ params: { key: 'driven' } }],

  'POST /api/cron': () => [{ body: { name: 'Morning', cron: '0 8 * * *', tz: 'Asia/Hong_Kong', message: 'Hi' } }, { body: { name: 'Off', cron: '0 8 * * *', message: 'Hi', enabled: false } }],
  'GET /api/cron': () => [{}, { query: 'limit=200&enabled=true&workspace=main' }],
  'DELETE /api/cron/:id': ({ spareJobs: [id] }) => [{ params: { id } }],

  'GET /api/v1/health': () => [{}],
  'POST /api/v1/messages': () => [message('Hi', { workspace: 'v1', userId: 'ann' }), message('use the tool', { workspace: 'v1' }), message('Hi', { workspace: 'v1', timeoutSeconds: 0 })],
  'POST /api/v1/messages/stream': () =>
    [message('use the tool', { workspace: 'v1' }), message('stumble', { workspace: 'v1' }), message('fail', { workspace: 'v1' }), message('Hi', { workspace: 'v1', timeoutSeconds: 0 })].map((drive) => ({ ...drive, stream: true })),
  'GET /api/v1/sessions': () => [{ query: 'workspace=v1&limit=10' }],
  'GET /api/v1/sessions/:id': ({ session }) => [{ params: { id: session } }],
  'GET /api/v1/sessions/:id/history': ({ session }) => [{ params: { id: session }, query: 'includeTools=1' }],
  'DELETE /api/v1/sessions/:id': ({ spare }) => [{ params: { id: spare } }],
  'DELETE /api/v1/sessions': () => [{ query: 'workspace=v1' }],

  'POST /api/v1/workspaces': () => [{ body: { id: 'driven', label: 'Driven', agent: 'fast', skills: ['memory'], allowlist: ['telegram:1'], budget } }, { body: { id: 'bare' } }],
  'GET /api/v1/workspaces': () => [{ query: 'limit=200&offset=0' }],
  'GET /api/v1/workspaces/:id': () => [{ params: { id: 'driven' } }],
  'PATCH /api/v1/workspaces/:id': () => [{ params: { id: 'driven' }, body: { label: 'Again', agent: null, skills: null, budget: null } }],
  'PATCH /api/v1/workspaces/:id/allowlist': () => [{ params: { id: 'driven' }, body: { add: ['telegram:2'], remove: ['telegram:1'] } }],
  'DELETE /api/v1/workspaces/:id': () => [{ params: { id: 'driven' } }],

  'GET /api/v1/stats': () => [{}, { query: `${range}&workspace=v1` }],
  'GET /api/v1/stats/workspaces': () => [{}, { query: `${range}&limit=5&offset=0` }],
  'GET /api/v1/stats/users': () => [{}, { query: `${range}&workspace=v1&limit=5&offset=0` }],
  'GET /api/v1/stats/models': () => [{}, { query: `${range}&limit=5&offset=0` }],

  'POST /api/sessions/send': () => [message('Hi'), message('Hi', { timeoutSeconds: 0 })],
  'POST /api/sessions/spawn': () => [{ body: { task: 'use the tool', label: 'One thing', runTimeoutSeconds: 20 } }],
  'GET /api/sessions/list': () => [{ query: 'messageLimit=5&kinds=isolated' }, { body: { messageLimit: 5 } }],
  'GET /api/sessions/history': ({ session }) => [{ query: `sessionKey=${session}&includeTools=true` }],
  'GET /api/session/status': ({ session }) => [{ query: `sessionKey=${session}` }],

  'POST /api/cron/add': () => [
    { body: { job: { name: 'daily-summary', description: 'Each morning', schedule: { kind: 'cron', expr: '0 9 * * *', tz: 'America/New_York' }, payload: { kind: 'systemEvent', text: 'Time!' }, sessionTarget: 'main', wakeMode: 'now' } } },
    { body: { job: { name: 'often', schedule: { kind: 'every', everyMs: 86_400_000 }, payload: { kind: 'agentTurn', message: 'Hi', model: 'test/model', timeoutSeconds: 60 }, delivery: { mode: 'announce', channel: 'test', to: '1', thread: '2' } } } },
    { body: { job: { name: 'told', schedule: { kind: 'every', everyMs: 86_400_000 }, payload: { kind: 'agentTurn', message: 'Hi' }, delivery: { mode: 'webhook', to: 'https://app.example/' } } } },
    { body: { job: { name: 'once', schedule: { kind: 'at', at: '2090-01-01T00:00:00Z' }, payload: { kind: 'agentTurn', message: 'Hi' }, sessionTarget: 'session:driven' } } },
  ],
  'POST /api/cron/update': ({ job }) => [{ body: { id: job, patch: { name: 'renamed' } } }],
  'POST /api/cron/enable': ({ job }) => [{ body: { id: job, enabled: false } }],
  'POST /api/cron/run': ({ job }) => [{ body: { id: job, mode: 'due' } }, { body: { id: job } }],
  'GET /api/cron/runs': ({ job }) => [{ query: `id=${job}&limit=5` }, { query: 'state=failed,ran' }],
  'GET /api/cron/list': () => [{ query: 'limit=200' }],
  'POST /api/cron/remove': ({ spareJobs: [, id] }) => [{ body: { id } }],

  'GET /api/v1/status': () => [{}],

  'POST /api/v1/tasks': () => [{ body: { prompt: 'Hi', label: 'Driven', user_id: 'ann', options: taskOptions } }, { body: { prompt: 'Hi', workspace: 'v1' } }],
  'GET /api/v1/tasks': () => [{}, { query: 'status=completed,failed,running&limit=5&offset=0&workspace=v1&search=hi&from=2026-01-01&to=2099-01-01T00:00:00Z' }],
  'GET /api/v1/tasks/:id': ({ task, failedTask }) => [{ params: { id: task } }, { params: { id: failedTask } }],
  'GET /api/v1/tasks/:id/result': ({ task, failedTask }) => [{ params: { id: task } }, { params: { id: failedTask } }],
  'GET /api/v1/tasks/:id/events': ({ task, failedTask }) => [{ params: { id: task } }, { params: { id: failedTask } }],
  'POST /api/v1/tasks/:id/cancel': ({ task }) => [{ params: { id: task } }],

  'POST /api/v1/skills': ({ packages }) => [{ body: { name: packages.single, version: 'latest' } }, { body: { name: packages.pair } }],
  'GET /api/v1/skills': () => [{ query: 'limit=200&offset=0' }],
  'GET /api/v1/skills/:name': ({ packages, changedSkill, brokenSkill }) => [packages.single, changedSkill, brokenSkill].map((name) => ({ params: { name } })),
  'POST /api/v1/skills/:name/disable': ({ packages }) => [{ params: { name: packages.single } }],
  'POST /api/v1/skills/:name/enable': ({ packages }) => [{ params: { name: packages.single } }],
  'DELETE /api/v1/skills/:name': ({ packages }) => [{ params: { name: packages.single } }],

  'GET /api/v1/config': () => [{}],
  'PATCH /api/v1/config': () => [{ body: { agents: { main: { timezone: 'UTC' } } }, headers: { 'If-Match': '*' } }],

  'POST /api/v1/webhooks': () => [
    { body: { url: 'https://app.example/', events: ['task.completed', 'task.failed', 'skill.installed'], secret: 'your-webhook-secret', timeout_ms: 5000 } },
    { body: { url: 'https://app.example/', events: ['*'], headers: { 'X-Team': 'a' }, filter: { channel: ['a', 'b'] }, transform: { text: '{{event.text}}' }, ordering: 'session', retries: 3 } },
  ],
  'GET /api/v1/webhooks': () => [{ query: 'limit=200&offset=0' }],
  'GET /api/v1/webhooks/:id': ({ webhook }) => [{ params: { id: webhook } }],
  'PATCH /api/v1/webhooks/:id': ({ webhook }) => [{ params: { id: webhook }, body: { name: 'Mine', filter: null, transform: null, retries: null, timeout_ms: null } }],
  'POST /api/v1/webhooks/:id/test': ({ webhook }) => [{ params: { id: webhook } }],
  'POST /api/v1/webhooks/:id/rotate': ({ webhook }) => [{ params: { id: webhook } }, { params: { id: webhook }, body: { secret: 'another-secret' } }],
  'GET /api/v1/webhooks/:id/deliveries': ({ webhook }) => [{ params: { id: webhook }, query: 'state=delivered&limit=5&offset=0' }],
  'POST /api/v1/webhooks/:id/deliveries/:delivery/replay': ({ webhook, delivery }) => [{ params: { id: webhook, delivery } }],
  'POST /api/v1/webhooks/:id/replay': ({ webhook }) => [{ params: { id: webhook }, body: { since: '2026-01-01T00:00:00Z' } }],
  'DELETE /api/v1/webhooks/:id': ({ spareWebhook }) => [{ params: { id: spareWebhook } }],

  'POST /api/native/messages.send': () => [
    { body: { text: 'Hi', session: 'native' } },
    { body: { text: 'Hi', session: 'native', timeoutSeconds: 0 } },
    ...['use the tool', 'stumble', 'fail'].map((text): Drive => ({ body: { text, session: 'native' }, stream: true })),
  ],
  'POST /api/native/turns.get': ({ turn, failedTurn, crowdedTurn }) => [{ body: { turn } }, { body: { turn: failedTurn } }, { body: { turn: crowdedTurn } }],
  'POST /api/native/turns.watch': ({ turn }) => [{ body: { turn } }, { body: { turn }, stream: true }],
  'POST /api/native/agent.wake': () => [{ body: { text: 'The build is green', mode: 'now', session: 'native' } }, { body: { text: 'The build is green', mode: 'next-heartbeat' } }],
  'POST /api/native/heartbeat.status': native(),
  'POST /api/native/heartbeat.trigger': () => [{ body: { dryRun: true } }, { body: {} }, { body: {} }],
  'POST /api/native/cron.add': () => [
    { body: { name: 'often', schedule: { kind: 'every', everyMs: 86_400_000 }, payload: { kind: 'agentTurn', message: 'Hi', model: 'test/model', timeoutSeconds: 60 }, delivery: { mode: 'announce', channel: 'test', to: '1', thread: '2' } } },
    { body: { name: 'told', schedule: { kind: 'every', everyMs: 86_400_000 }, payload: { kind: 'agentTurn', message: 'Hi' }, delivery: { mode: 'webhook', to: 'https://app.example/' } } },
    { body: { name: 'event', description: 'Told', schedule: { kind: 'cron', expr: '@daily', tz: 'UTC' }, payload: { kind: 'systemEvent', text: 'Time!' }, wakeMode: 'next-heartbeat' } },
    { body: { name: 'once', schedule: { kind: 'at', at: '1h' }, payload: { kind: 'systemEvent', text: 'Time!' } } },
  ],
  'POST /api/native/cron.preview': () => [{ body: { schedule: { kind: 'cron', expr: '0 8 * * *' } } }, { body: { schedule: { kind: 'every', everyMs: 1_000 } } }, { body: { schedule: { kind: 'at', at: '1h' } } }],
  'POST /api/native/cron.get': ({ job }) => [{ body: { job } }],
  'POST /api/native/cron.update': ({ job, spareJobs: [, , spare] }) => [
    { body: { job, enabled: true } }, { body: { job: spare, delivery: { mode: 'none' } } }, { body: { job: spare, delivery: { mode: 'webhook', to: 'https://app.example/' } } },
  ],
  'POST /api/native/cron.run': ({ job }) => [{ body: { job } }, { body: { job, mode: 'due' } }],
  'POST /api/native/cron.runs': native({ limit: 200 }),
  'POST /api/native/cron.list': native({ limit: 200 }),
  'POST /api/native/cron.remove': ({ spareJobs: [, , job] }) => [{ body: { job } }],
  'POST /api/native/turns.cancel': ({ turn }) => [{ body: { turn } }],
  'POST /api/native/tasks.create': native({ prompt: 'Hi', label: 'Mine', options: nativeOptions }),
  'POST /api/native/tasks.get': ({ task, failedTask }) => [{ body: { task } }, { body: { task: failedTask } }],
  'POST /api/native/tasks.result': ({ task, failedTask }) => [{ body: { task } }, { body: { task: failedTask } }],
  'POST /api/native/tasks.list': native({ limit: 200, search: 'hi' }),
  'POST /api/native/tasks.watch': ({ task, failedTask }) => [{ body: { task } }, { body: { task }, stream: true }, { body: { task: failedTask }, stream: true }],
  'POST /api/native/tasks.cancel': ({ task }) => [{ body: { task } }],
  'POST /api/native/tasks.delete': ({ task }) => [{ body: { task } }],
  'DELETE /api/v1/tasks/:id': ({ failedTask }) => [{ params: { id: failedTask } }],
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
  'POST /api/native/skills.install': ({ packages }) => [{ body: { name: packages.single } }],
  'POST /api/native/skills.list': native(),
  'POST /api/native/skills.get': ({ changedSkill, brokenSkill }) => [{ body: { skill: changedSkill } }, { body: { skill: brokenSkill } }],
  'POST /api/native/skills.disable': ({ changedSkill }) => [{ body: { skill: changedSkill } }],
  'POST /api/native/skills.enable': ({ changedSkill }) => [{ body: { skill: changedSkill } }],
  'POST /api/native/skills.remove': ({ changedSkill }) => [{ body: { skill: changedSkill } }],
  'POST /api/native/webhooks.create': native({ url: 'https://app.example/', events: ['agent.error'] }),
  'POST /api/native/webhooks.list': native({ limit: '200' }),
  'POST /api/native/webhooks.get': ({ webhook }) => [{ body: { webhook } }],
  'POST /api/native/webhooks.update': ({ webhook }) => [{ body: { webhook, filter: { channel: 'a' }, transform: ['{{event.text}}'] } }],
  'POST /api/native/webhooks.test': ({ webhook }) => [{ body: { webhook } }],
  'POST /api/native/webhooks.rotate': ({ webhook }) => [{ body: { webhook } }],
  'POST /api/native/webhooks.deliveries': ({ webhook }) => [{ body: { webhook } }],
  'POST /api/native/webhooks.redeliver': ({ webhook, delivery }) => [{ body: { webhook, delivery } }],
  'POST /api/native/webhooks.replay': ({ webhook }) => [{ body: { webhook, since: '2026-01-01T00:00:00Z', delivered: true } }],
  'POST /api/native/webhooks.delete': ({ webhook }) => [{ body: { webhook } }],
  'POST /api/native/usage.today': native(),
  'POST /api/native/stats.get': native({ from: '2026-01-01' }),
  'POST /api/native/stats.workspaces': native(),
  'POST /api/native/stats.users': native(),
  'POST /api/native/stats.models': native(),
  'POST /api/native/status.get': native(),
  'POST /api/native/workspaces.create': native({ id: 'native', budget }),
  'POST /api/native/workspaces.list': native({ limit: '200' }),
  'POST /api/native/workspaces.get': native({ id: 'native' }),
  'POST /api/native/workspaces.update': native({ id: 'native', label: 'Ours' }),
  'POST /api/native/workspaces.allowlist': native({ id: 'native', add: ['telegram:1'] }),
  'POST /api/native/workspaces.delete': native({ id: 'native' }),
  'POST /api/native/credentials.create': () => [{ body: { kind: 'api-key', name: 'Driven', budget } }, { body: { kind: 'token', name: 'Scoped', scope: 'read', expiresAt: '2099-01-01T00:00:00Z' } }],
  'POST /api/native/credentials.rotate': native({ credential: 'Driven' }),
  'POST /api/native/credentials.revoke': native({ credential: 'Scoped' }),
  'POST /api/native/credentials.list': native({ revoked: true }),
  'POST /api/native/config.get': native(),
  'POST /api/native/config.patch': native({ patch: { agents: { main: { timezone: 'Europe/Berlin' } }, gateway: { port: 18790 }, unheard: { of: 1 } } }),
  'POST /api/native/channels.list': native(),
  'POST /api/native/channels.status': native({ channel: 'memory' }),
  'POST /api/native/channels.send': native({ channel: 'memory', to: 'ann', thread: '7', text: 'Hello', files: [{ name: 'a.txt', type: 'text/plain', data: 'SGVsbG8=' }] }),
  'POST /api/native/channels.test': native({ channel: 'memory', to: 'ann' }),
  'POST /api/native/channels.sends': native({ limit: '50', channel: 'memory', states: ['sent'] }),
  'POST /api/native/channels.pairings': native(),
  'POST /api/native/channels.approve': ({ pairings: [code] }) => [{ body: { code } }],
  'POST /api/native/channels.deny': ({ pairings: [, code] }) => [{ body: { code } }],
  'POST /api/native/audit.list': native({ limit: '200', operation: 'messages.send' }),
  'POST /api/native/audit.verify': native(),
};
