import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { createSession, createWebhook } from '@openclaw/contract';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, quantile, type Scenario } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

interface Scale {
  readonly events: number;
  readonly mutant?: Mutant;
}

const CONCURRENCY = 5;
const SOON_MS = 1_000;
const AT_ONCE = 8;
/** A connection that was given up is seen to be closed a moment after the next one was opened. */
const SEEN_AGAIN_MS = 100;

/** One endpoint that takes every connection and never answers, and one that is well: the second notices nothing of the first. */
const isolate = async ({ events, mutant }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  await using stack = new AsyncDisposableStack();
  const model = stack.use(await startModelServer());
  const hanging = stack.use(await startReceiver(() => undefined));
  const well = stack.use(await startReceiver());
  const folder = await makeStateDirectory(model.url);
  stack.defer(() => removeFolder(folder));
  const gateway = stack.use(await startProcess({ folder, args: ['--delivery-pace', '0.001', ...(mutant ? ['--mutant', mutant] : [])] }));
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  await client.call(createWebhook, { url: hanging.url, events: ['session.started'], timeoutMs: 2_000, concurrency: CONCURRENCY });
  await client.call(createWebhook, { url: well.url, events: ['session.started'] });
  const asked = new Map<string, number>();
  let most = 0;
  let before = 0;
  const watching = setInterval(() => {
    most = Math.max(most, Math.min(before, hanging.sockets));
    before = hanging.sockets;
  }, SEEN_AGAIN_MS);
  stack.defer(() => clearInterval(watching));
  const make = async (from: number): Promise<void> => {
    for (let n = from; n < events; n += AT_ONCE) {
      const { id } = await client.call(createSession, { label: `event ${n}` });
      asked.set(id, Date.now());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, from) => make(from)));
  for (const deadline = Date.now() + 20_000; well.received.length < events && Date.now() < deadline; ) await sleep(20);
  const latencies = well.received.map(({ at, json }) => at - (asked.get(String(json.data['sessionId'])) ?? at));
  const slow = quantile(latencies, 0.99);
  problems.expect(well.received.length === events, `the healthy endpoint got ${well.received.length} of ${events}`);
  problems.expect(slow <= SOON_MS, `the healthy endpoint waited ${Math.round(slow)} ms (p99)`);
  problems.expect(hanging.received.length > 0, 'the hanging endpoint was never asked');
  problems.expect(most <= CONCURRENCY, `${most} connections to the hanging endpoint at once`);
  return { figures: `${events} events, the healthy endpoint had them after ${Math.round(slow)} ms (p99), at most ${most} connections to the hanging one`, problems: problems.all };
};

export const webhookIsolation: Scenario = {
  id: 'webhook-isolation',
  title: 'W3 an endpoint that hangs holds up nobody else',
  quick: () => isolate({ events: 150 }),
  full: () => isolate({ events: 1_000 }),
  red: { 'all endpoints share one queue': () => isolate({ events: 150, mutant: 'one-queue-for-all' }) },
};
