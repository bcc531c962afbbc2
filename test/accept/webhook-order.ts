import { setTimeout as sleep } from 'node:timers/promises';
import { createSession, createWebhook, listDeliveries, sendMessage } from '@openclaw/contract';
import { createStubbornClient } from '../support/fault-client.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';

interface Scale {
  readonly events: number;
  readonly kills: number;
  readonly mutant?: Mutant;
}

const SESSIONS = 5;
const LIFE_MS = 3_000;
/** Of what a try fails with. */
const FAILING = 0.3;
const DRAINED_WITHIN_MS = 120_000;

/** Endpoints that fail, of webhooks with an order, while the gateway is killed: what is taken first is in that order. */
const keepOrder = async ({ events, kills, mutant }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const random = seeded(7);
  await using stack = new AsyncDisposableStack();
  const model = stack.use(await startModelServer({ script: () => ({ text: 'Yes.' }) }));
  /** What was taken, each once, in the order it came. */
  const endpoint = async (): Promise<{ readonly receiver: Receiver; readonly taken: Map<string, Readonly<Record<string, unknown>>> }> => {
    const taken = new Map<string, Readonly<Record<string, unknown>>>();
    const receiver = await startReceiver(({ id, json }) => {
      if (random() < FAILING) return 500;
      if (!taken.has(id)) taken.set(id, json.data);
      return 200;
    });
    return { receiver: stack.use(receiver), taken };
  };
  const [fifo, session] = [await endpoint(), await endpoint()];
  const folder = await makeStateDirectory(model.url);
  stack.defer(() => removeFolder(folder));
  const args = ['--delivery-pace', '0.0002', ...(mutant ? ['--mutant', mutant] : [])];
  let gateway: GatewayProcess = await startProcess({ folder, args });
  stack.defer(async () => void (await gateway.end('SIGKILL')));
  const port = portOf(gateway);
  const client = createStubbornClient(() => gateway);
  const inOrder = await client.call(createWebhook, { url: fifo.receiver.url, events: ['session.started'], ordering: 'fifo', retries: 7 });
  const bySession = await client.call(createWebhook, { url: session.receiver.url, events: ['message.received'], ordering: 'session', retries: 7 });

  let over = false;
  const made: string[] = [];
  const making = Promise.all([
    (async () => {
      for (let n = 0; n < events; n++) made.push((await client.call(createSession, { label: `event ${n}` }, `event-${n}`)).id);
    })(),
    ...Array.from({ length: SESSIONS }, async (_, one) => {
      for (let n = 0; n < events / (SESSIONS * 4); n++) await client.call(sendMessage, { session: `ordered-${one}`, text: String(n), timeoutSeconds: 0 }, `message-${one}-${n}`);
    }),
  ]).finally(() => (over = true));
  let killed = 0;
  for (; killed < kills; killed++) {
    await sleep(LIFE_MS * (0.8 + 0.4 * random()));
    await gateway.end('SIGKILL');
    gateway = await startProcess({ folder, port, args });
  }
  await making;
  const waiting = async (): Promise<number> => {
    const open = await Promise.all([inOrder, bySession].map(({ id }) => client.call(listDeliveries, { webhook: id, state: 'pending', limit: 1 })));
    return open.reduce((sum, { total }) => sum + total, 0);
  };
  for (const deadline = Date.now() + DRAINED_WITHIN_MS; (await waiting()) > 0 && Date.now() < deadline; ) await sleep(100);

  const places = new Map(made.map((id, place) => [id, place]));
  // Sessions of the messages are events too; they were made by nobody that counts.
  const came = [...fifo.taken.values()].flatMap((data) => places.get(String(data['sessionId'])) ?? []);
  const inverted = inversions(came);
  problems.expect(over && came.length >= made.length * 0.99, `only ${came.length} of ${made.length} events were taken`);
  problems.expect(inverted === 0, `${inverted} of ${came.length} events came before one that was earlier`);
  let messages = 0;
  for (let one = 0; one < SESSIONS; one++) {
    const texts = [...session.taken.values()].filter((data) => data['sessionId'] === sessionIdOf(session.taken, one)).map((data) => Number(data['text']));
    messages += texts.length;
    problems.expect(inversions(texts) === 0, `messages of a session came as ${texts.slice(0, 20).join(' ')}…`);
  }
  return { figures: `${came.length} events one after the other and ${messages} messages in ${SESSIONS} sessions, ${killed} kills, ${inverted} inversions`, problems: problems.all };
};

/** The sessions in the order in which they were first heard of. */
const sessionIdOf = (taken: ReadonlyMap<string, Readonly<Record<string, unknown>>>, nth: number): unknown => [...new Set([...taken.values()].map((data) => data['sessionId']))][nth];

const inversions = (places: readonly number[]): number => places.filter((place, at) => at > 0 && place < (places[at - 1] ?? 0)).length;

export const webhookOrder: Scenario = {
  id: 'webhook-order',
  title: 'W2 webhooks in order',
  quick: () => keepOrder({ events: 120, kills: 1 }),
  full: () => keepOrder({ events: 2_000, kills: 12 }),
  red: { 'what is behind a failed one goes before it': () => keepOrder({ events: 120, kills: 1, mutant: 'jumps-the-queue' }) },
};
