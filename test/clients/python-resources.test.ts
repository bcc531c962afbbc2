/** What the Python client asks for and gets, method by method; each program runs with the blocking client and with the one for asyncio. */
import { mkdtemp, cp, rm } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { PACKAGE, startClientGateway } from '../support/client-gateway.ts';
import { needs, pythonWith } from '../support/debian.ts';
import type { TestGateway } from '../support/gateway.ts';
import { FLAVOURS, noPython, PYTHON_PROJECTS, tellsOf } from '../support/python.ts';
import { type ScriptedApi, startScriptedApi } from '../support/scripted-api.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const run = promisify(execFile);

describe.skipIf(noPython)(`Python${noPython}`, () => {
  let gateway: TestGateway;
  let api: ScriptedApi;
  beforeAll(async () => {
    gateway = await startClientGateway();
  });
  beforeEach(async () => {
    api = await startScriptedApi(() => ({ forward: gateway.url }));
  });
  afterEach(() => api[Symbol.asyncDispose]());
  afterAll(() => gateway[Symbol.asyncDispose]());

  describe.each(FLAVOURS)('$flavour', (flavour) => {
    const tells = (lines: string) => tellsOf(flavour, lines, { BASE: api.url, KEY: gateway.token });
    const team = `"paged-${flavour.flavour}"`;

    test('messages, streams, sessions, health and status', async () => {
      const told = await tells(`
for user in ("a", "b", "c"):
    reply = await client.messages.send(workspace=${team}, user_id=user, message="I am " + user, idempotency_key="${flavour.flavour}-" + user)
again = await client.messages.send(workspace=${team}, user_id="c", message="I am c", idempotency_key="${flavour.flavour}-c")
tell(reply.response, reply.tokens_used, reply.finish_reason, again == reply)
stream = client.messages.stream(workspace=${team}, user_id="a", message="More, " * 20)
words = [word async for word in stream]
done = await stream.done()
tell("".join(words) == "Heard: " + "More, " * 20, done.tokens_used)
page = await client.sessions.list(workspace=${team}, limit=2)
tell(len(page.sessions), page.total)
users = []
async for session in client.sessions.all(workspace=${team}, page_size=2):
    users.append(session.user_id)
tell(len(users), sorted(users))
one = await client.sessions.get(page.sessions[-1].id)
tell(one.workspace, one.id == page.sessions[-1].id, one.message_count)
history = await client.sessions.history(one.id, limit=1)
roles = []
async for message in client.sessions.all_messages(one.id, page_size=1):
    roles.append(message.role)
tell([message.role for message in history.messages], roles)
tell(await client.sessions.delete(one.id), await client.sessions.clear(workspace=${team}))
try:
    await client.sessions.get(one.id)
except OpenClawError as error:
    tell(error.status, error.code, error.request_id[:4])
health = await client.health()
status = await client.status()
tell(health.status, health.memory_mb > 0, status.status, status.mcp_servers)
try:
    await Client(os.environ["BASE"], token="wrong").health()
except OpenClawError as error:
    tell(error.status, error.code)`);
      expect(told).toEqual([
        ['Heard: I am c', 842, 'stop', true], [true, 842], [2, 3], [3, ['a', 'b', 'c']], [team.slice(1, -1), true, 2],
        [['assistant'], ['assistant', 'user']], [true, 2], [404, 'session_not_found', 'req_'], ['ok', true, 'ok', []], [401, 'auth_invalid'],
      ]);
    });

    test('a stream is whole, and of one turn, where the line is cut', async () => {
      await using line = await startScriptedApi((_, count) => ({ forward: gateway.url, ...(count < 3 && { cutAfter: 60 }) }));
      const before = gateway.model.requests.length;
      const told = await tellsOf(flavour, `
words = [word async for word in client.messages.stream(workspace="cut", user_id="${flavour.flavour}", message="More, " * 20)]
tell("".join(words) == "Heard: " + "More, " * 20)`, { BASE: line.url, KEY: gateway.token });
      expect(told).toEqual([true]);
      expect([line.asked.length > 1, gateway.model.requests.length]).toEqual([true, before + 1]);
    });

    test('workspaces', async () => {
      const told = await tells(`
made = await client.workspaces.create(id="new-team", label="New Team", agent="balanced", skills=["web-search", "memory"])
tell(made.id, made.agent, made.skills)
newer = await client.workspaces.update("new-team", label="Newer", agent=None)
tell(newer.label, newer.agent, newer.skills)
listed = await client.workspaces.update_allowlist("new-team", add=["telegram:123456789"], remove=["telegram:987654321"])
tell(listed.allowlist)
page = await client.workspaces.list()
everyone = [one.id async for one in client.workspaces.all(page_size=1)]
tell("new-team" in [one.id for one in page.workspaces], "new-team" in everyone)
got = await client.workspaces.get("new-team")
tell(got.label, await client.workspaces.delete("new-team"))`);
      expect(told).toEqual([['new-team', 'balanced', ['web-search', 'memory']], ['Newer', null, ['web-search', 'memory']], ['telegram:123456789'], [true, true], ['Newer', true]]);
      expect(api.asked.find(({ method }) => method === 'PATCH')?.body).toEqual({ label: 'Newer', agent: null });
    });

    test('statistics, whichever way the language lets `from` be written', async () => {
      const [from, to] = [-20, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));
      const counted = `"counted-${flavour.flavour}"`;
      const told = await tells(`
import datetime
await client.messages.send(workspace=${counted}, user_id="counted", message="Hi")
for days in ({"from_": "${from}", "to": "${to}"}, {"from": datetime.date.fromisoformat("${from}"), "to": datetime.date.fromisoformat("${to}")}):
    stats = await client.stats.get(workspace=${counted}, timezone="Europe/Berlin", **days)
    tell(stats.period, stats.totals.messages, stats.totals.tokens_out, stats.totals.cost_usd, stats.totals.avg_latency_ms > 0, stats.totals.unique_users)
    tell([(day.messages, day.replies, day.tokens_in) for day in stats.by_day if day.messages])
users = await client.stats.users(workspace=${counted}, limit=20)
spaces = await client.stats.workspaces(from_="${from}", workspace=${counted})
models = await client.stats.models(workspace=${counted})
tell(users.limit, [(one.user_id, one.messages, one.model_calls) for one in users.users])
tell([(one.workspace, one.messages, one.unpriced_messages) for one in spaces.workspaces], [(one.model, one.tokens_in) for one in models.models])
try:
    await client.stats.get(form="2026-04-01")
except TypeError as error:
    tell(str(error))`);
      const stats = [{ from, to, timezone: 'Europe/Berlin' }, 1, 42, 0, true, 1];
      const day = [[1, 1, 800]];
      expect(told).toEqual([stats, day, stats, day, [20, [['counted', 1, 1]]], [[[counted.slice(1, -1), 1, 0]], [['test/model', 800]]], "unexpected keyword argument 'form'"]);
    });

    test('tasks', async () => {
      const told = await tells(`
task = await client.tasks.create(prompt="Summarize", options={"max_tokens": 4096})
tell(task.status, task.id[:5])
try:
    await client.tasks.result(task.id)
except OpenClawError as error:
    tell(error.status)
seen = []
result = await client.tasks.wait_for_completion(task.id, on_status=lambda task: seen.append(task.status))
tell(result.output, result.usage.output_tokens, seen)
page = await client.tasks.list(status="completed", search="Summarize", from_="2026-01-01")
everyone = [one.id async for one in client.tasks.all(page_size=1)]
tell(task.id in [one.id for one in page.tasks], task.id in everyone)
events = [event.type async for event in client.tasks.events(task.id)]
tell(events[0], events[-1])
await client.tasks.delete(task.id)
try:
    await client.tasks.get(task.id)
except OpenClawError as error:
    tell(error.code)
for prompt in ("fail", "forever"):
    task = await client.tasks.create(prompt=prompt)
    try:
        if prompt == "forever":
            try:
                await client.tasks.wait_for_completion(task.id, timeout=0.3)
            except OpenClawError as error:
                tell(error.code)
            await client.tasks.cancel(task.id)
        await client.tasks.wait_for_completion(task.id)
    except OpenClawError as error:
        tell(error.code, error.details["status"])`);
      expect(told).toEqual([
        ['running', 'task_'], 409, ['Heard: Summarize', 42, ['running', 'completed']], [true, true], ['status', 'completed'], 'task_not_found',
        ['task_failed', 'failed'], 'request_timeout', ['task_cancelled', 'cancelled'],
      ]);
    });

    test('webhooks', async () => {
      await using receiver = await startReceiver();
      const told = await tellsOf(flavour, `
made = await client.webhooks.create(url=os.environ["HOOK"], events=["task.completed"], name="mine", timeout_ms=2000)
tell(made.id[:3], made.enabled, made.source, made.job, made.timeout_ms, made.secret[:6])
page = await client.webhooks.list(limit=1)
everyone = [one.id async for one in client.webhooks.all(page_size=1)]
tell(page.total, made.id in everyone, (await client.webhooks.get(made.id)).secret)
tested = await client.webhooks.test(made.id)
fresh = await client.webhooks.rotate(made.id, secret="another-secret")
tell(tested.ok, tested.status, fresh.older_secrets_until is not None)
task = await client.tasks.create(prompt="Told of")
await client.tasks.wait_for_completion(task.id)
for _ in range(200):
    kept = [one async for one in client.webhooks.all_deliveries(made.id, state="delivered")]
    if kept:
        break
    await client.health()
tell([(one.event, one.state, [(each.n, each.status) for each in one.tries]) for one in kept])
again = await client.webhooks.redeliver(made.id, kept[0].id)
tell(again.id == kept[0].id, (await client.webhooks.deliveries(made.id)).total)
changed = await client.webhooks.update(made.id, name=None, events=["task.*"])
tell(changed.name, changed.events, await client.webhooks.replay(made.id, since="2026-01-01T00:00:00Z") >= 0)
tell(await client.webhooks.delete(made.id))
try:
    await client.webhooks.get(made.id)
except OpenClawError as error:
    tell(error.status, error.code)`, { BASE: api.url, KEY: gateway.token, HOOK: receiver.url });
      expect(told).toEqual([
        ['wh_', true, 'api', null, 2000, 'whsec_'], [1, true, null], [true, 200, true], [['task.completed', 'delivered', [[1, 200]]]], [true, 1], [null, ['task.*'], true], true, [404, 'webhook_not_found'],
      ]);
      expect(receiver.received.map(({ event }) => event).slice(0, 2)).toEqual(['webhook.test', 'task.completed']);
    });

    test('skills and configuration', async () => {
      const zone = flavour.flavour === 'blocking' ? 'Asia/Tokyo' : 'Asia/Seoul';
      const told = await tells(`
skill = await client.skills.install(name="${PACKAGE}", version="latest")
tell(skill.name, skill.version, skill.enabled, skill.eligible, skill.source, skill.from_)
for name in ("${PACKAGE}", "git-helper"):
    for work in (client.skills.disable, client.skills.enable, client.skills.get):
        skill = await work(name)
        tell(skill.name, skill.enabled)
page = await client.skills.list()
tell([one.name for one in page.skills], [one.name async for one in client.skills.all()])
await client.skills.remove("${PACKAGE}")
try:
    await client.skills.get("git-helper")
except OpenClawError as error:
    tell(error.status, error.code)
before = await client.config.get()
after = await client.config.patch({"agents": {"defaults": {"timezone": "${zone}"}}}, if_match=before.etag)
tell([key["key"] for key in before.config["api"]["keys"]], after.config["agents"]["defaults"]["timezone"], before.etag != after.etag, await client.config.get() == after)
try:
    await client.config.patch({"model": "x/y"}, if_match=before.etag)
except OpenClawError as error:
    tell(error.status, error.code)`);
      const switched = [['git-helper', false], ['git-helper', true], ['git-helper', true]];
      expect(told).toEqual([
        ['git-helper', '1.2.0', true, true, 'npm', `${PACKAGE}@1.2.0`], ...switched, ...switched, [['git-helper'], ['git-helper']], [404, 'skill_not_found'], [['[hidden]'], zone, true, true], [409, 'conflict'],
      ]);
    });
  });
});

const missing = await needs('python3-pip', 'python3-setuptools', 'python3-wheel');
describe.skipIf(missing)(`installed by pip${missing}`, () => {
  let folder: string;
  let python: string;
  const pip = (...args: readonly string[]) => run(python, ['-m', 'pip', '--disable-pip-version-check', ...args], { cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder, PIP_NO_INDEX: '1' } });
  beforeAll(async () => {
    [folder, python] = await Promise.all([mkdtemp(join(tmpdir(), 'openclaw-pip-')), pythonWith('setuptools', 'wheel', 'pip')]);
    // In a copy, because building leaves its traces beside the sources.
    await cp(PYTHON_PROJECTS, join(folder, 'python'), { recursive: true });
    await pip('wheel', '--no-build-isolation', '--no-deps', '-w', 'wheels', './python/openclaw-client', './python/openclaw-sdk');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const installed = async (dist: string): Promise<string> => {
    const target = join(folder, dist);
    await pip('install', '--find-links', 'wheels', '--target', target, dist);
    const { stdout } = await run(python, ['-c', 'import openclaw, os; from openclaw import OpenClaw, AsyncOpenClaw; print(os.path.dirname(openclaw.__file__)); print(sorted(os.listdir(os.environ["PYTHONPATH"]))); print(os.path.exists(os.path.join(os.path.dirname(openclaw.__file__), "py.typed")))'], { cwd: folder, env: { PYTHONPATH: target } });
    return stdout;
  };

  verifies('s2.pip', async () => {
    expect(await installed('openclaw-client')).toMatch(/\/openclaw-client\/openclaw\n\['openclaw', 'openclaw_client-[\d.]+dist-info'\]\nTrue\n$/);
  });

  verifies('s4.pip', async () => {
    expect(await installed('openclaw-sdk')).toMatch(/\/openclaw-sdk\/openclaw\n\['openclaw', 'openclaw_client-[\d.]+dist-info', 'openclaw_sdk-[\d.]+dist-info'\]\nTrue\n$/);
  });
});
