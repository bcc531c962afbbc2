/** Questions to a gateway, each with what must come of it by the model. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { HouseModel, KnownKey } from './house-model.ts';
import { type Answer, ask, statusWith, type Way } from './two-ways.ts';

export interface House {
  readonly url: string;
  readonly token: string;
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

type Step = fc.AsyncCommand<HouseModel, House>;

const LABELS = [undefined, 'Deploy', 'deploy', 'Ünï code ✓', 'a/b:c'] as const;
const SENDERS = ['telegram:1', 'telegram:2', 'slack:U1', '+4912', "' OR 1=1--"] as const;
const KEYS = ['one', 'two', 'three'] as const;
const PROMPTS = { finish: 'completed', fail: 'failed', hang: 'running' } as const;

class Divergence extends Error {}

const same = (what: string, seen: unknown, expected: unknown): void => {
  if (!isDeepStrictEqual(seen, expected)) throw new Divergence(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`);
};

const step = (words: string, run: (model: HouseModel, house: House) => Promise<void>, check: (model: Readonly<HouseModel>) => boolean = () => true): Step => ({
  check,
  run: async (model, house) => {
    model.steps++;
    await run(model, house);
  },
  toString: () => words,
});

const pick = <Item>(items: readonly Item[], at: number): Item | undefined => items[at % Math.max(1, items.length)];

const asOwner = (house: House, way: Way) => (name: string, input: Record<string, unknown>, key?: string): Promise<Answer> => ask(house.url, name, input, { way, token: house.token, key });

/** A list by pages of three holds exactly these, each once. */
const samePages = async (what: string, expected: readonly string[], page: (offset: number) => Promise<{ readonly ids: readonly string[]; readonly total: unknown }>): Promise<void> => {
  const seen: string[] = [];
  for (let offset = 0; offset <= expected.length; offset += 3) {
    const { ids, total } = await page(offset);
    same(`${what}, total`, total, expected.length);
    seen.push(...ids);
  }
  same(what, seen.toSorted(), expected.toSorted());
};

const sorted = (list: unknown): readonly string[] => (Array.isArray(list) ? list.map(String).toSorted() : []);

const idsOf = (list: unknown): readonly string[] => (Array.isArray(list) ? list.map(({ id }: { readonly id: string }) => id) : []);

/** Looks at everything the model knows. */
const compare = async (model: HouseModel, house: House, way: Way): Promise<void> => {
  const owner = asOwner(house, way);
  const listed = await owner('workspaces.list', { limit: 200 });
  same('workspaces', idsOf(listed.body['workspaces']).filter((id) => id.startsWith(`${model.prefix}-`)), [...model.workspaces.keys()].toSorted());
  for (const [id, known] of model.workspaces) {
    const { body } = await owner('workspaces.get', { id });
    same(`workspace ${id}`, [body['label'], body['agent'], sorted(body['allowlist']), body['sessions']], [known.label, known.agent, sorted([...known.allowlist]), model.sessionsIn(id).length]);
    await samePages(`sessions of ${id}`, model.sessionsIn(id).map((session) => session.id), async (offset) => {
      const page = await owner('sessions.list', { workspace: id, limit: 3, offset });
      return { ids: idsOf(page.body['sessions']), total: page.body['total'] };
    });
    await samePages(`tasks of ${id}`, model.tasksIn(id).map((task) => task.id), async (offset) => {
      const page = await owner('tasks.list', { workspace: id, limit: 3, offset });
      return { ids: idsOf(page.body['tasks']), total: page.body['total'] };
    });
  }
  for (const { id, label, workspace, messages } of model.sessions.values()) {
    const { body } = await owner('sessions.get', { session: id });
    same(`session ${id}`, [body['id'], body['label'], body['workspace']], [id, label, workspace]);
    same(`messages of ${id}`, (await owner('sessions.history', { session: id, limit: 1 })).body['total'], messages);
  }
  for (const { id, prompt, status } of model.tasks.values()) {
    const { body } = await owner('tasks.get', { task: id });
    same(`task ${id}`, [body['prompt'], body['status']], [prompt, status]);
    same(`result of ${id}`, (await owner('tasks.result', { task: id })).code, status === 'running' ? 'conflict' : 'ok');
  }
  const { body } = await asOwner(house, 'native')('credentials.list', { limit: 200 });
  same('keys', idsOf(body['credentials']).filter((id) => model.keys.some((key) => key.id === id)).toSorted(), model.keys.filter((key) => !key.revoked).map((key) => key.id).toSorted());
  for (const key of model.keys) same(`key ${key.name} (${key.id})`, await statusWith(house.url, key.secret), key.revoked ? 401 : 200);
};

const until = async (house: House, task: string, status: string): Promise<void> => {
  let seen: unknown;
  for (let tries = 0; tries < 200; tries++) {
    seen = (await asOwner(house, 'native')('tasks.get', { task })).body['status'];
    if (seen === status) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  same(`task ${task} in the end`, seen, status);
};

const workspaces = (way: Way, n: number, label: string, agent: string | null, senders: readonly string[]) => ({
  create: step(`create workspace ${n} (${way})`, async (model, house) => {
    const id = model.workspace(n);
    const { code } = await asOwner(house, way)('workspaces.create', { id, label, ...(agent !== null && { agent }), allowlist: senders });
    same('creating a workspace', code, model.workspaces.has(id) ? 'conflict' : 'ok');
    if (code === 'ok') model.workspaces.set(id, { label, agent, allowlist: new Set(senders) });
  }),
  update: step(`update workspace ${n} to ${label}, ${String(agent)} (${way})`, async (model, house) => {
    const known = model.workspaces.get(model.workspace(n));
    const { code } = await asOwner(house, way)('workspaces.update', { id: model.workspace(n), label, agent });
    same('updating a workspace', code, known ? 'ok' : 'workspace_not_found');
    if (known) Object.assign(known, { label, agent });
  }),
  remove: step(`delete workspace ${n} (${way})`, async (model, house) => {
    const id = model.workspace(n);
    const sessions = model.sessionsIn(id);
    const { code, body } = await asOwner(house, way)('workspaces.delete', { id });
    same('deleting a workspace', code, model.workspaces.has(id) ? 'ok' : 'workspace_not_found');
    if (code === 'ok') same('what was deleted', [body['deleted'], body['sessions']], [true, sessions.length]);
    for (const session of sessions) model.dropSession(session.id);
    model.workspaces.delete(id);
  }),
});

const allow = (way: Way, n: number, add: readonly string[], remove: readonly string[]): Step =>
  step(`allow ${add.join()} and not ${remove.join()} in ${n} (${way})`, async (model, house) => {
    const known = model.workspaces.get(model.workspace(n));
    const { code, body } = await asOwner(house, way)('workspaces.allowlist', { id: model.workspace(n), add, remove });
    same('changing an allowlist', code, known ? 'ok' : 'workspace_not_found');
    if (!known) return;
    known.allowlist = new Set([...known.allowlist, ...add].filter((sender) => !remove.includes(sender)));
    same('an allowlist', sorted(body['allowlist']), sorted([...known.allowlist]));
  });

const sessions = (way: Way, n: number, label: string | undefined) => ({
  create: step(`create a session ${label ?? ''} in ${n} (${way})`, async (model, house) => {
    const workspace = model.workspace(n);
    const { code, body } = await asOwner(house, way)('sessions.create', { label, workspace });
    same('creating a session', code, 'ok');
    same('a new session', model.sessions.has(String(body['id'])), false);
    model.addSession({ id: String(body['id']), workspace, label: label ?? null, messages: 0 });
  }),
  remove: step(`delete session ${n} (${way})`, async (model, house) => {
    const id = pick([...model.sessions.keys()], n) ?? 'sess_none';
    const { code } = await asOwner(house, way)('sessions.delete', { session: id });
    same('deleting a session', code, model.sessions.has(id) ? 'ok' : 'session_not_found');
    model.dropSession(id);
    same('asking for it', (await asOwner(house, way)('sessions.get', { session: id })).code, 'session_not_found');
  }),
  clear: step(`clear workspace ${n} (${way})`, async (model, house) => {
    const all = model.sessionsIn(model.workspace(n));
    const { body } = await asOwner(house, way)('sessions.clear', { workspace: model.workspace(n) });
    same('clearing', body['deleted'], all.length);
    for (const { id } of all) model.dropSession(id);
  }),
  send: step(`send to session ${n} (${way})`, async (model, house) => {
    const known = pick([...model.sessions.values()].filter(({ id }) => ![...model.tasks.values()].some((task) => task.session === id && task.status === 'running')), n);
    if (!known) return;
    const [text, key] = [`Hello ${++model.made}`, `${model.prefix}-${model.made}`];
    const { code, body } = await asOwner(house, way)('messages.send', { session: known.id, text }, key);
    same('sending', [code, body['sessionId'], body['text'] ?? body['response']], ['ok', known.id, `Heard: ${text}`]);
    known.messages += 2;
    model.sends.push({ key, session: known.id, messageId: String(body['messageId']), text });
  }),
  repeat: step(`send again what was sent ${n} before (${way})`, async (model, house) => {
    const sent = pick(model.sends.filter(({ session }) => model.sessions.has(session)), n);
    if (!sent) return;
    const again = await asOwner(house, 'native')('messages.send', { session: sent.session, text: sent.text }, sent.key);
    // By one route it was sent with a channel of its own, which makes it another request.
    if (again.code !== 'idempotency_conflict') same('repeating', [again.code, again.body['messageId']], ['ok', sent.messageId]);
    same('repeating with other words', (await asOwner(house, way)('messages.send', { session: sent.session, text: `${sent.text}!` }, sent.key)).code, 'idempotency_conflict');
  }),
});

const tasks = (way: Way, n: number, kind: keyof typeof PROMPTS) => ({
  create: step(`create a task to ${kind} in ${n} (${way})`, async (model, house) => {
    const prompt = `${kind} ${++model.made}`;
    const { code, body } = await asOwner(house, way)('tasks.create', { prompt, workspace: model.workspace(n) });
    same('creating a task', code, 'ok');
    const id = String(body['id']);
    const session = String(body['session_id'] ?? body['sessionId']);
    const status = PROMPTS[kind];
    await until(house, id, status);
    model.addSession({ id: session, workspace: model.workspace(n), label: null, messages: status === 'completed' ? 2 : 1 });
    model.tasks.set(id, { id, session, prompt, status, kills: 0 });
  }),
  cancel: step(`cancel task ${n} (${way})`, async (model, house) => {
    const known = pick([...model.tasks.values()], n);
    const { code, body } = await asOwner(house, way)('tasks.cancel', { task: known?.id ?? 'task_none' });
    same('cancelling', code, known ? 'ok' : 'task_not_found');
    if (known?.status === 'running') known.status = 'cancelled';
    if (known) same('a cancelled task', body['status'], known.status);
  }),
  remove: step(`delete task ${n} (${way})`, async (model, house) => {
    const known = pick([...model.tasks.values()], n);
    const { code } = await asOwner(house, way)('tasks.delete', { task: known?.id ?? 'task_none' });
    same('deleting a task', code, known ? 'ok' : 'task_not_found');
    if (known) model.dropSession(known.session);
  }),
});

const keys = (name: string, way: Way, n: number, readsOnly: boolean) => {
  const called = (model: Readonly<HouseModel>): string => `${model.prefix}-${name}`;
  /** By its id, its name, or the secret itself. */
  const ref = ({ id, name: known, secret }: KnownKey): string => pick([id, known, secret], n) ?? id;
  const add = (model: HouseModel, body: Answer['body'], rest: Pick<KnownKey, 'workspaces' | 'readsOnly'>): void =>
    void model.keys.push({ ...rest, id: String(body['id']), name: called(model), secret: String(body['secret']), revoked: false });
  return {
    create: step(`create key ${name}${readsOnly ? ', to read only' : ''}`, async (model, house) => {
      const bound = n % 2 === 0 ? ['*'] : [model.workspace(n)];
      const { code, body } = await asOwner(house, 'native')('credentials.create', { kind: 'api-key', name: called(model), workspaces: bound, ...(readsOnly && { permissions: ['sessions:read'] }) });
      same('creating a key', code, model.holding(called(model)) ? 'conflict' : 'ok');
      if (code === 'ok') add(model, body, { workspaces: bound, readsOnly });
    }),
    rotate: step(`rotate key ${name}`, async (model, house) => {
      const known = model.holding(called(model));
      const { code, body } = await asOwner(house, 'native')('credentials.rotate', { credential: known ? ref(known) : called(model) });
      same('rotating a key', code, known ? 'ok' : 'credential_not_found');
      if (!known) return;
      known.revoked = true;
      add(model, body, known);
      same('the old secret', await statusWith(house.url, known.secret), 401);
    }),
    revoke: step(`revoke key ${name}`, async (model, house) => {
      const known = model.holding(called(model));
      const { code } = await asOwner(house, 'native')('credentials.revoke', { credential: known ? ref(known) : called(model) });
      same('revoking a key', code, known ? 'ok' : 'credential_not_found');
      if (!known) return;
      known.revoked = true;
      same('the revoked secret', await statusWith(house.url, known.secret), 401);
    }),
    use: step(`use key ${name} in ${n} (${way})`, async (model, house) => {
      const known = model.holding(called(model));
      if (!known) return;
      const workspace = model.workspace(n);
      const enters = known.workspaces.includes('*') || known.workspaces.includes(workspace);
      const asKey = (operation: string, input: Record<string, unknown>) => ask(house.url, operation, input, { way, token: known.secret });
      const listed = await asKey('sessions.list', { workspace, limit: 200 });
      same('what a key may list', listed.code, enters ? 'ok' : 'forbidden');
      if (enters) same('what a key sees', listed.body['total'], model.sessionsIn(workspace).length);
      const [session] = model.sessionsIn(workspace);
      if (session) same('a session, to a key', (await asKey('sessions.get', { session: session.id })).code, enters ? 'ok' : 'session_not_found');
      const wanted = known.readsOnly ? 'forbidden' : !enters ? 'workspace_not_found' : model.workspaces.has(workspace) ? 'ok' : 'workspace_not_found';
      same('a workspace, to a key', (await asKey('workspaces.get', { id: workspace })).code, wanted);
      same('the credentials, to a key', (await ask(house.url, 'credentials.list', {}, { way: 'native', token: known.secret })).code, 'forbidden');
    }),
  };
};

const restart = (signal: 'SIGTERM' | 'SIGKILL', way: Way): Step =>
  step(signal === 'SIGTERM' ? 'stop and start' : 'kill -9 and start', async (model, house) => {
    await house.restart(signal);
    if (signal === 'SIGKILL') for (const task of model.tasks.values()) if (task.status === 'running') task.kills++;
    await compare(model, house, way);
  // At the third kill it would be given up.
  }, (model) => signal === 'SIGTERM' || [...model.tasks.values()].every(({ kills }) => kills < 2));

/** Ends what a series left running. */
export const cleanUp = async (model: HouseModel, house: House): Promise<void> => {
  await compare(model, house, 'rest');
  for (const id of model.workspaces.keys()) await asOwner(house, 'native')('workspaces.delete', { id });
};

export const houseCommands = ({ kills }: { readonly kills: boolean }): fc.Arbitrary<Step>[] => {
  const way = fc.constantFrom<Way>('native', 'rest');
  const place = fc.nat(2);
  const any = fc.nat(50);
  const senders = fc.subarray([...SENDERS]);
  const workspace = fc.tuple(way, place, fc.constantFrom('Team', 'Lab ✓', "'; DROP"), fc.constantFrom('fast', 'powerful', null), senders).map((of) => workspaces(...of));
  const session = fc.tuple(way, place, fc.constantFrom(...LABELS)).map((of) => sessions(...of));
  const anySession = fc.tuple(way, any).map(([by, n]) => sessions(by, n, undefined));
  const task = fc.tuple(way, place, fc.constantFrom('finish', 'fail', 'hang')).map((of) => tasks(...of));
  const anyTask = fc.tuple(way, any).map(([by, n]) => tasks(by, n, 'finish'));
  const key = fc.tuple(fc.constantFrom(...KEYS), way, place, fc.boolean()).map((of) => keys(...of));
  return [
    workspace.map(({ create }) => create), workspace.map(({ update }) => update), workspace.map(({ remove }) => remove),
    fc.tuple(way, place, senders, senders).map((of) => allow(...of)),
    session.map(({ create }) => create), session.map(({ clear }) => clear), anySession.map(({ remove }) => remove), anySession.map(({ send }) => send), anySession.map(({ repeat }) => repeat),
    task.map(({ create }) => create), anyTask.map(({ cancel }) => cancel), anyTask.map(({ remove }) => remove),
    key.map(({ create }) => create), key.map(({ rotate }) => rotate), key.map(({ revoke }) => revoke), key.map(({ use }) => use),
    way.map((by) => restart('SIGTERM', by)), ...(kills ? [way.map((by) => restart('SIGKILL', by))] : []),
  ];
};
