/** Two gateway processes on one Postgres: clients may use either, and one that dies leaves nothing undone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { addCronJob, createCredential, getTurn, listCronRuns, listTasks, removeCronJob, revokeCredential, sendMessage, sessionHistory, watchTurn } from '@openclaw/contract';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GatewayServer, startGateway } from '../../bench/kit/processes.ts';
import { gapsOf } from '../support/cron-records.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { startPostgres } from '../support/postgres.ts';

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

const TOKEN = 'cluster-test-token';

describe.skipIf(!server)(`two gateways on one Postgres${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let model: ModelServer;
  let nodes: GatewayServer[];
  const clientOf = (node: GatewayServer | undefined) => connect({ baseUrl: node?.url ?? '', token: TOKEN });

  beforeEach(async () => {
    model = await startModelServer();
    const env = { DATABASE_URL: (await server?.createDatabase()) ?? '', OPENCLAW_AUTH_TOKEN: TOKEN };
    nodes = await Promise.all([1, 2].map(() => startGateway({ modelUrl: model.url, env })));
  });
  afterEach(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]();
    await model.close();
  });

  test('serve one session from both, in order', async () => {
    model.script(({ messages }) => ({ delayMs: 5, text: `re ${messages.at(-1)?.text}` }));
    const [a, b] = [clientOf(nodes[0]), clientOf(nodes[1])];
    const replies: string[] = [];
    for (let n = 0; n < 8; n++) {
      const reply = await (n % 2 ? a : b).call(sendMessage, { text: `m${n}` });
      replies.push('text' in reply ? reply.text : '');
    }
    expect(replies).toEqual(Array.from({ length: 8 }, (_, n) => `re m${n}`));
    // And at once from both sides: whatever the order, questions and answers alternate.
    await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? a : b).call(sendMessage, { text: `p${n}` })));
    const history = await a.call(sessionHistory, { session: 'main', limit: 200 });
    const texts = history.messages.map(({ text }) => text);
    expect(texts).toHaveLength(36);
    expect(texts.filter((_, i) => i % 2 === 1)).toEqual(texts.filter((_, i) => i % 2 === 0).map((text) => `re ${text}`));
  });

  test('know each other’s keys within a second, and count their requests together', async () => {
    model.script(() => ({ text: 'ok' }));
    const [a, b] = nodes;
    const key = await clientOf(a).call(createCredential, { kind: 'api-key', name: 'ci' });
    const limited = await clientOf(b).call(createCredential, { kind: 'api-key', name: 'slow', rateLimit: 20 });
    const ask = async (node: GatewayServer | undefined, { secret } = key) => {
      const response = await fetch(`${node?.url}/api/v1/health`, { headers: { authorization: `Bearer ${secret}` } });
      return { status: response.status, remaining: Number(response.headers.get('x-ratelimit-remaining')) };
    };
    const until = async (status: number): Promise<number> => {
      const began = performance.now();
      while ((await ask(b)).status !== status) await sleep(20);
      return performance.now() - began;
    };
    expect(await until(200)).toBeLessThan(1_000);
    // Within one minute.
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 5_000) await sleep(left + 100);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i % 2 ? a : b, limited)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
    expect(answers.flatMap(({ status, remaining }) => (status === 200 ? [remaining] : [])).toSorted((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    await clientOf(a).call(revokeCredential, { credential: key.id });
    expect(await until(401)).toBeLessThan(1_000);
  });

  test('begin each slot of a job once, and go on with it when one of them dies', { timeout: 90_000 }, async () => {
    model.script(() => ({ text: 'tock' }));
    const [a, b] = [clientOf(nodes[0]), clientOf(nodes[1])];
    const schedule = { kind: 'cron', expr: '* * * * * *', tz: 'UTC' } as const;
    const jobs = await Promise.all([a, b, a, b].map((client, i) => client.call(addCronJob, { name: `job ${i}`, schedule, payload: { kind: 'agentTurn', message: 'tick' } })));
    await sleep(4_500);
    const [first] = nodes;
    process.kill(first?.pid ?? 0, 'SIGKILL');
    const diedAt = Date.now();
    const after = async () => (await b.call(listCronRuns, { limit: '200' })).runs.filter(({ scheduledFor, state }) => Date.parse(scheduledFor) > diedAt + 1_000 && state === 'ran');
    // What the dead one had in hand is taken over within 15 seconds, and its jobs go on with it.
    await expect.poll(async () => new Set((await after()).map(({ jobId }) => jobId)).size, { timeout: 25_000, interval: 500 }).toBe(jobs.length);
    for (const { id } of jobs) await b.call(removeCronJob, { job: id });
    await expect.poll(async () => (await b.call(listCronRuns, { state: ['running'] })).total, { timeout: 25_000, interval: 500 }).toBe(0);
    const runs = [];
    for (let offset = 0; ; offset += 200) {
      const page = await b.call(listCronRuns, { limit: '200', offset });
      runs.push(...page.runs);
      if (page.runs.length < 200) break;
    }
    const began = runs.filter(({ state }) => state !== 'skipped');
    expect(new Set(runs.map(({ jobId, scheduledFor }) => `${jobId} ${scheduledFor}`)).size).toBe(runs.length);
    expect((await b.call(listTasks, { limit: '1' })).total).toBe(began.length);
    // Each second of each job is somewhere in the records.
    for (const { id } of jobs) expect(gapsOf(runs.filter(({ jobId }) => jobId === id))).toBe(0);
  });

  test('show a stream from either', async () => {
    model.script(() => ({ text: Array.from({ length: 30 }, (_, n) => `w${n} `), chunkDelayMs: 20 }));
    const [a, b] = [clientOf(nodes[0]), clientOf(nodes[1])];
    const queued = await a.call(sendMessage, { text: 'go', timeoutSeconds: 0 });
    const heard = await Promise.all(
      [a, b].map(async (client) => {
        let text = '';
        const run = client.stream(watchTurn, { turn: queued.turnId });
        for (let step = await run.next(); !step.done; step = await run.next()) if (step.value.type === 'text') text += step.value.delta;
        return text;
      }),
    );
    const whole = Array.from({ length: 30 }, (_, n) => `w${n} `).join('');
    for (const text of heard) {
      // Watching began a moment after the turn did: what was heard is a tail of it, without a hole.
      expect(text.length).toBeGreaterThan(whole.length / 3);
      expect(whole.endsWith(text)).toBe(true);
    }
  });

  test('one that is killed leaves its turns to the other, within 15 s', { timeout: 60_000 }, async () => {
    let slow = true;
    model.script(() => (slow ? { text: ['begun '], chunkDelayMs: 0, breaks: 'hang' } : { text: 'done' }));
    const [dying, staying] = nodes;
    const turns = await Promise.all(
      Array.from({ length: 6 }, async (_, n) => (await clientOf(n % 2 ? dying : staying).call(sendMessage, { session: `s${n}`, text: 'go', timeoutSeconds: 0 })).turnId),
    );
    await expect.poll(() => model.requests.length, { timeout: 10_000 }).toBe(6);
    slow = false;
    process.kill(dying?.pid ?? 0, 'SIGKILL');
    const killedAt = performance.now();
    const left = clientOf(staying);
    // Those that ran on the survivor hang on; only what the dead one held must come back by itself.
    const states = async () => (await Promise.all(turns.map((turn) => left.call(getTurn, { turn })))).map(({ state, attempts }) => `${state}${attempts}`);
    let moved: string[] = [];
    while (performance.now() - killedAt < 15_000) {
      moved = (await states()).filter((state) => state === 'done2');
      if (moved.length > 0 && (await states()).every((state) => state === 'done2' || state === 'running1')) break;
      await sleep(200);
    }
    expect(moved.length).toBeGreaterThan(0);
    expect(model.requests.length).toBe(6 + moved.length);
    process.stdout.write(`    ${moved.length} turns of the dead node finished after ${Math.round(performance.now() - killedAt)} ms\n`);
    // Its own turns hang on purpose: no orderly stop would wait for them.
    process.kill(staying?.pid ?? 0, 'SIGKILL');
  });
});
