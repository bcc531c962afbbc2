import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { createSession, createWebhook, listDeliveries, replayWebhook } from '@openclaw/contract';
import { Agent } from 'undici';
import { startGateway, startModel, startScript } from '../kit/processes.ts';
import { atLeast, compared, interleave, type Row } from '../kit/rows.ts';

const EVENTS = 3_000;
/** What a webhook has unless it says otherwise. */
const AT_ONCE = 10;
const ROUNDS = 9;

/** As many deliveries to an endpoint that is well as it takes, against as many bare requests with such a body: one at a time, and ten. */
export const deliveries = async (): Promise<readonly Row[]> => {
  await using model = await startModel();
  await using gateway = await startGateway({ modelUrl: model.url });
  await using sink = await startScript('bench/floors/webhook-sink.ts');
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const since = new Date(Date.now() - 1_000).toISOString();
  const webhookWith = (concurrency: number) => client.call(createWebhook, { url: `${sink.url}/hook`, events: ['session.started'], concurrency });
  const { id: many } = await webhookWith(AT_ONCE);
  const took = async (): Promise<number> => {
    const { ms } = (await (await fetch(`${sink.url}/took?count=${EVENTS}`)).json()) as { readonly ms: number };
    return (EVENTS / ms) * 1_000;
  };
  const made = took();
  for (let n = 0; n < EVENTS; n++) await client.call(createSession, { label: `Session ${n}` });
  await made;
  // It was told of nothing yet: a replay tells it of all that happened.
  const { id: single } = await webhookWith(1);

  const settled = async (webhook: string): Promise<void> => {
    while ((await client.call(listDeliveries, { webhook, state: 'pending', limit: 1 })).total > 0) await sleep(20);
  };
  const ours = async (webhook: string): Promise<number> => {
    await settled(webhook);
    const rate = took();
    await client.call(replayWebhook, { webhook, since, delivered: true });
    return rate;
  };
  const agent = new Agent();
  const body = JSON.stringify({ event: 'session.started', timestamp: since, data: { workspace: 'main', userId: null, channel: 'api', sessionId: `sess_${'x'.repeat(24)}`, sessionKey: `agent:main:${'x'.repeat(24)}` } });
  const send = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const response = await agent.request({ origin: sink.url, path: '/hook', method: 'POST', headers: { 'content-type': 'application/json' }, body });
      await response.body.dump();
    }
  };
  const loops = async (count: number): Promise<number> => {
    const rate = took();
    await Promise.all(Array.from({ length: count }, () => send(EVENTS / count)));
    return rate;
  };
  for (const warm of [() => ours(single), () => ours(many), () => loops(1), () => loops(AT_ONCE)]) await warm();
  const oneByOne = await interleave(ROUNDS, () => ours(single), () => loops(1));
  const tenAtOnce = await interleave(ROUNDS, () => ours(many), () => loops(AT_ONCE));
  await agent.close();
  return [
    atLeast({ what: 'deliveries of webhooks per second to one endpoint, one at a time, against a bare undici loop', unit: '/s' }, oneByOne, 0.5),
    compared({ what: `the same, ${AT_ONCE} at a time, against ${AT_ONCE} such loops at once`, unit: '/s' }, tenAtOnce),
  ];
};
