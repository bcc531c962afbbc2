import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { createSession, createWebhook, rotateWebhook } from '@openclaw/contract';
import { verifyStandardWebhook } from '../../packages/client-kit/src/webhooks.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

interface Scale {
  readonly seconds: number;
  readonly mutant?: Mutant;
}

const OLD = 'the-secret-before';
const FRESH = 'the-secret-after';
const AT_ONCE = 8;
const MOST_OLD = 10;

/** A secret is changed while events go out: who knows the old one, the new one or both never sees a signature that does not verify. */
const rotate = async ({ seconds, mutant }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  await using stack = new AsyncDisposableStack();
  const model = stack.use(await startModelServer());
  const receiver = stack.use(await startReceiver());
  const folder = await makeStateDirectory(model.url);
  stack.defer(() => removeFolder(folder));
  const gateway = stack.use(await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] }));
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const { id: webhook } = await client.call(createWebhook, { url: receiver.url, events: ['session.started'], secret: OLD });
  const until = Date.now() + seconds * 1_000;
  let events = 0;
  let rotatedAt = Number.POSITIVE_INFINITY;
  const make = async (): Promise<void> => {
    while (Date.now() < until) {
      await client.call(createSession, { label: `event ${events++}` });
      await sleep(20);
    }
  };
  const change = async (): Promise<void> => {
    await sleep((seconds * 1_000) / 2);
    await client.call(rotateWebhook, { webhook, secret: FRESH });
    rotatedAt = Date.now();
  };
  await Promise.all([...Array.from({ length: AT_ONCE }, make), change()]);
  for (const deadline = Date.now() + 10_000; receiver.received.length < events && Date.now() < deadline; ) await sleep(20);
  const failing = (secret: string, from: number): number => receiver.received.filter(({ at, body, headers }) => at > from && !verifyStandardWebhook(body, headers, secret, { now: at })).length;
  const after = receiver.received.filter(({ at }) => at > rotatedAt).length;
  problems.expect(receiver.received.length >= events && after > 0, `${receiver.received.length} of ${events} events came, ${after} of them with the new secret`);
  problems.expect(failing(OLD, 0) === 0, `${failing(OLD, 0)} deliveries do not verify with the old secret`);
  problems.expect(failing(FRESH, rotatedAt) === 0, `${failing(FRESH, rotatedAt)} deliveries do not verify with the new secret`);
  for (let n = 1; n < MOST_OLD; n++) await client.call(rotateWebhook, { webhook, secret: `${FRESH}-${n}` });
  const refused = await client.call(rotateWebhook, { webhook }).then(() => 'taken', (thrown: unknown) => (thrown as { readonly code?: string }).code);
  problems.expect(refused === 'conflict', `an eleventh old secret was ${refused}`);
  return { figures: `${events} events (${Math.round(events / seconds)} a second), ${after} since the change, each signed with both`, problems: problems.all };
};

export const webhookRotation: Scenario = {
  id: 'webhook-rotation',
  title: 'W4 a secret is changed under load',
  quick: () => rotate({ seconds: 3 }),
  full: () => rotate({ seconds: 20 }),
  red: { 'the old secret ends at once': () => rotate({ seconds: 3, mutant: 'drops-old-secrets' }) },
};
