/** Two gateway processes on one Postgres: clients may use either, and one that dies leaves nothing undone. */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { createCredential, createWorkspace, type GatewayError, getTurn, getWorkspace, listEvents, revokeCredential, sendMessage, sessionHistory, updateWorkspace, watchTurn } from '@openclaw/contract';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GatewayServer, startGateway } from '../../bench/kit/processes.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { startPostgres } from '../support/postgres.ts';
import { openSocket } from '../support/socket-client.ts';
import { readMetrics } from '../wire/read-metrics.ts';

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

const TOKEN = 'cluster-test-token';

/** Each its own: what one test does at an address is none of another's business. */
const addresses = (net = '127.0.7') => {
  let last = 0;
  return () => `${net}.${++last}`;
};

const runningOn = async (node: GatewayServer | undefined): Promise<number> => {
  const answer = await fetch(`${node?.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return readMetrics(await answer.text()).get('openclaw_turns_running') ?? 0;
};

const statusOf = (url: string, token: string, localAddress: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { localAddress, headers: { authorization: `Bearer ${token}` } }, (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)));
    asked.on('error', reject).end();
  });

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

  test('count wrong credentials together: what one node has heard, the other does not compare', async () => {
    const here = (n: number) => nodes[n % 2];
    const from = addresses();
    const ask = (node: GatewayServer | undefined, token: string, localAddress: string) => statusOf(`${node?.url}/api/v1/health`, token, localAddress);
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 10_000) await sleep(left + 100);

    // One after the other, in turns.
    const guesser = from();
    const told: number[] = [];
    for (let n = 0; n < 14; n++) told.push(await ask(here(n), `wrong-${n}`, guesser));
    expect(told).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429, 429, 429]);
    // At one node only: as soon as the other hears of it, the right one is not heard there either.
    const another = from();
    for (let n = 0; n < 10; n++) expect(await ask(nodes[0], `wrong-${n}`, another)).toBe(401);
    expect(await ask(nodes[0], TOKEN, another)).toBe(429);
    await expect.poll(() => ask(nodes[1], TOKEN, another), { timeout: 2_000 }).toBe(429);
    // All at once.
    const flood = from();
    const flooded = await Promise.all(Array.from({ length: 200 }, (_, n) => ask(here(n), `wrong-${n}`, flood)));
    expect([flooded.filter((status) => status === 401).length, flooded.filter((status) => status === 429).length]).toEqual([10, 190]);
    // Right ones are not counted, whatever went before; and nobody else is the worse for it.
    const clumsy = from();
    for (let n = 0; n < 8; n++) expect(await ask(here(n), `wrong-${n}`, clumsy)).toBe(401);
    expect(new Set(await Promise.all(Array.from({ length: 40 }, (_, n) => ask(here(n), TOKEN, clumsy))))).toEqual(new Set([200]));
    expect([await ask(nodes[0], 'wrong', clumsy), await ask(nodes[1], 'wrong', clumsy), await ask(nodes[0], TOKEN, clumsy)]).toEqual([401, 401, 429]);
    expect([await ask(nodes[0], TOKEN, from()), await ask(nodes[1], TOKEN, from())]).toEqual([200, 200]);
  });

  test('know who says so on a socket whose address has guessed, and what it says at once after', async () => {
    const [, b] = nodes;
    const localAddress = addresses('127.0.8')();
    expect(await statusOf(`${b?.url}/api/v1/health`, 'wrong', localAddress)).toBe(401);
    await using client = await openSocket(b?.url ?? '', { localAddress });
    client.send({ type: 'auth', id: 'a', token: TOKEN });
    client.send({ type: 'status', id: 's' });
    await client.next(({ type }) => type === 'status');
    expect(client.frames.filter(({ id }) => id === 'a' || id === 's').map(({ type }) => type)).toEqual(['auth', 'status']);
    await using liar = await openSocket(b?.url ?? '', { localAddress });
    liar.send({ type: 'auth', token: 'wrong too' });
    expect((await liar.next(({ type }) => type === 'error')).payload).toMatchObject({ code: 'AUTH_INVALID' });
    await using inAddress = await openSocket(b?.url ?? '', { localAddress, token: TOKEN });
    expect((await inAddress.ask({ type: 'status' })).type).toBe('status');
  });

  test('keep budgets together: what is spent at one is refused at the other, and a change holds at both', async () => {
    model.script(() => ({ text: 'ok', usage: { inputTokens: 90, outputTokens: 10 } }));
    const [a, b] = [clientOf(nodes[0]), clientOf(nodes[1])];
    const { secret, id } = await a.call(createCredential, { kind: 'api-key', name: 'spender', budget: { tokensPerDay: 300 } });
    const spenderAt = (node: GatewayServer | undefined) => connect({ baseUrl: node?.url ?? '', token: secret });
    const say = (client: ReturnType<typeof connect>, workspace = 'main') => client.call(sendMessage, { text: 'Hi', session: `${workspace}-s`, workspace });
    await expect.poll(() => say(spenderAt(nodes[1])).then(() => 'heard', ({ code }: GatewayError) => code), { interval: 200, timeout: 2_000 }).toBe('heard');
    await say(spenderAt(nodes[0]));
    await say(spenderAt(nodes[0]));
    for (const node of nodes) {
      await expect(say(spenderAt(node))).rejects.toMatchObject({ code: 'budget_exceeded', details: { budget: 'key', name: id, spent: { tokens: 300 } } });
    }
    // Others go on; until a workspace's own is spent. Who looks at it knows how it is set, however late the word of a change comes.
    await a.call(createWorkspace, { id: 'small', budget: { tokensPerDay: 100 } });
    await say(a, 'small');
    await b.call(getWorkspace, { id: 'small' });
    await expect(say(b, 'small')).rejects.toMatchObject({ code: 'budget_exceeded', details: { budget: 'workspace', name: 'small' } });
    await b.call(updateWorkspace, { id: 'small', budget: { tokensPerDay: 200 } });
    await say(b, 'small');
    await a.call(getWorkspace, { id: 'small' });
    await expect(say(a, 'small')).rejects.toMatchObject({ code: 'budget_exceeded', details: { limit: { tokensPerDay: 200 }, spent: { tokens: 200 } } });
    // Both are warned of once, whoever saw it first.
    const warned = (await a.call(listEvents, {})).events.filter(({ type }) => type === 'budget.warning').map(({ data }) => data);
    expect(warned.filter(({ budget }) => budget === 'key')).toHaveLength(1);
    expect(warned.filter(({ budget }) => budget === 'workspace')).toHaveLength(1);
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
    const turns: string[] = [];
    // Whichever node looks first takes a turn: there are enough once the one that is to die runs some.
    while (turns.length < 6 || ((await runningOn(dying)) === 0 && turns.length < 40)) {
      const sent = await clientOf(turns.length % 2 ? dying : staying).call(sendMessage, { session: `s${turns.length}`, text: 'go', timeoutSeconds: 0 });
      turns.push(sent.turnId);
    }
    await expect.poll(() => model.requests.length, { timeout: 10_000 }).toBe(turns.length);
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
    expect(model.requests.length).toBe(turns.length + moved.length);
    process.stdout.write(`    ${moved.length} turns of the dead node finished after ${Math.round(performance.now() - killedAt)} ms\n`);
    // Its own turns hang on purpose: no orderly stop would wait for them.
    process.kill(staying?.pid ?? 0, 'SIGKILL');
  });
});
