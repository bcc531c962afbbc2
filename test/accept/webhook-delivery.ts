import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSession, createWebhook, getWebhook, listDeliveries } from '@openclaw/contract';
import { verifyStandardWebhook } from '../../packages/client-kit/src/webhooks.ts';
import { createStubbornClient } from '../support/fault-client.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { type Answering, type Received, type Receiver, startReceiver } from '../support/webhook-receiver.ts';

interface Scale {
  readonly events: number;
  readonly kills: number;
  /** Between two events, so that they last as long as the kills. */
  readonly everyMs: number;
  readonly mutant?: Mutant;
}

const SECRET = 'a-secret-of-the-suite';
const LIFE_MS = 2_000;
/** Three days are half a minute. */
const PACE = '0.0001';
const CONCURRENCY = 10;
const LATEST_MS = 5_000;
const DRAINED_WITHIN_MS = 90_000;

interface Endpoint {
  readonly name: string;
  readonly receiver: Receiver;
  /** Of each delivery that was answered with success, how often. */
  readonly taken: Map<string, number>;
}

/** Events while the gateway is killed: each endpoint gets each of them, signed, however badly it behaves. */
const deliverUnderKills = async ({ events, kills, everyMs, mutant }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const random = seeded(42);
  await using stack = new AsyncDisposableStack();
  const model = stack.use(await startModelServer());
  const endpoint = async (name: string, answer: Answering): Promise<Endpoint> => {
    const taken = new Map<string, number>();
    const receiver = await startReceiver((received, nth, response) => {
      checkOne(received, problems);
      const status = answer(received, nth, response);
      if (status === 200) response.once('finish', () => taken.set(received.id, (taken.get(received.id) ?? 0) + 1));
      return status;
    });
    return { name, receiver: stack.use(receiver), taken };
  };
  const healthy = await endpoint('healthy', () => 200);
  const moody = await endpoint('moody', (_, __, response) => {
    const mood = random();
    if (mood < 0.15) return 500;
    if (mood < 0.25) return void response.destroy();
    if (mood < 0.29) return void (response.writeHead(200, { 'content-length': '1000' }), response.write('half'), setTimeout(() => response.destroy(), 5));
    if (mood < 0.3) return void setTimeout(() => response.destroy(), 3_000);
    return 200;
  });
  const busy = await endpoint('busy', (_, nth, response) => (nth <= 2 ? (response.setHeader('retry-after', '1'), 429) : 200));
  const all = [healthy, moody, busy];

  const folder = await makeStateDirectory(model.url);
  stack.defer(() => removeFolder(folder));
  const args = ['--delivery-pace', PACE, ...(mutant ? ['--mutant', mutant] : [])];
  let gateway: GatewayProcess = await startProcess({ folder, args });
  stack.defer(async () => void (await gateway.end('SIGKILL')));
  const port = portOf(gateway);
  const client = createStubbornClient(() => gateway);
  const ids: string[] = [];
  for (const { receiver } of all) {
    const input = { url: receiver.url, events: ['session.started'], secret: SECRET, signature: 'prefixed' as const, timeoutMs: 1_000, retries: 40, concurrency: CONCURRENCY };
    ids.push((await client.call(createWebhook, input)).id);
  }
  let over = false;
  const made: string[] = [];
  const making = (async () => {
    for (let n = 0; n < events; n++) {
      made.push((await client.call(createSession, { label: `event ${n}` }, `event-${n}`)).id);
      await sleep(everyMs);
    }
  })().finally(() => (over = true));
  let killed = 0;
  for (; killed < kills && !over; killed++) {
    await Promise.race([sleep(LIFE_MS * (0.8 + 0.4 * random())), making]);
    await gateway.end('SIGKILL');
    gateway = await startProcess({ folder, port, args });
  }
  await making;
  const waiting = async (): Promise<number> => {
    const open = await Promise.all(ids.map((webhook) => client.call(listDeliveries, { webhook, state: 'pending', limit: 1 })));
    return open.reduce((sum, { total }) => sum + total, 0);
  };
  for (const deadline = Date.now() + DRAINED_WITHIN_MS; (await waiting()) > 0 && Date.now() < deadline; ) await sleep(100);

  let lost = 0;
  let doubled = 0;
  for (const { name, taken, receiver } of all) {
    const missing = made.filter((session) => ![...taken.keys()].some((id) => id.startsWith(`evt_${session}_started`)));
    lost += missing.length;
    if (missing.length > 0) problems.add(`${missing.length} events did not reach the ${name} endpoint, such as ${missing[0]}`);
    const more = [...taken.values()].reduce((sum, times) => sum + times - 1, 0);
    doubled += more;
    problems.expect(more <= killed * CONCURRENCY, `${more} deliveries came twice to the ${name} endpoint, with ${killed} kills`);
    const bodies = new Map<string, string>();
    for (const { id, body } of receiver.received) {
      problems.expect((bodies.get(id) ?? body) === body, `${id} came with two bodies`);
      bodies.set(id, body);
    }
  }
  for (const id of ids) problems.expect((await client.call(getWebhook, { webhook: id })).enabled, 'an endpoint was switched off');
  problems.expect(killed >= kills, `only ${killed} kills, ${kills} wanted`);
  const tries = all.map(({ name, receiver }) => `${receiver.received.length} to the ${name} one`).join(', ');
  return { figures: `${made.length} events for 3 endpoints, ${killed} kills, ${lost} undelivered, ${doubled} doubled, tries: ${tries}`, problems: problems.all };
};

/** Every try proves that it is ours, and is what `JSON.stringify` gives. */
const checkOne = ({ at, headers, body, id }: Received, problems: Problems): void => {
  const hex = createHmac('sha256', SECRET).update(body).digest('hex');
  problems.expect(headers['x-openclaw-signature'] === `sha256=${hex}`, `${id}: X-OpenClaw-Signature does not verify`);
  problems.expect(verifyStandardWebhook(body, headers, SECRET), `${id}: webhook-signature does not verify`);
  problems.expect(Math.abs(Number(headers['webhook-timestamp']) * 1000 - at) < LATEST_MS, `${id}: its timestamp is not that of the try`);
  problems.expect(JSON.stringify(JSON.parse(body)) === body, `${id}: its body is not what JSON.stringify gives`);
};

/** Without a kill, nothing may come twice where nothing fails. */
const undisturbed = async (scale: Scale): Promise<Outcome> => {
  const calm = await deliverUnderKills({ ...scale, kills: 0 });
  const [, doubled] = /, (\d+) doubled/.exec(calm.figures) ?? [];
  return { ...calm, problems: [...calm.problems, ...(doubled === '0' ? [] : [`${doubled} came twice though nothing was killed`])] };
};

const both = async (scale: Scale): Promise<Outcome> => {
  const disturbed = await deliverUnderKills(scale);
  const calm = await undisturbed({ ...scale, events: Math.ceil(scale.events / 5), everyMs: 0 });
  return { figures: `${disturbed.figures}; without kills: ${calm.figures}`, problems: [...disturbed.problems, ...calm.problems] };
};

export const webhookDelivery: Scenario = {
  id: 'webhook-delivery',
  title: 'W1 webhooks under kills',
  quick: () => both({ events: 200, kills: 2, everyMs: 10 }),
  full: () => both({ events: 10_000, kills: 30, everyMs: 4 }),
  red: {
    'what is to be told is written after the answer': () => deliverUnderKills({ events: 300, kills: 3, everyMs: 10, mutant: 'tells-after-answer' }),
    'what was taken counts as delivered': () => deliverUnderKills({ events: 300, kills: 3, everyMs: 10, mutant: 'delivers-from-memory' }),
  },
};
