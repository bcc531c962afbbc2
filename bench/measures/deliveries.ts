import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { createSession, createWebhook, listDeliveries, replayWebhook } from '@openclaw/contract';
import { Agent } from 'undici';
import { startGateway, startModel, startScript } from '../kit/processes.ts';
import { atLeast, interleave, type Row } from '../kit/rows.ts';

const EVENTS = 3_000;
const AT_ONCE = 10;
const ROUNDS = 9;

/** As many deliveries to an endpoint that is well as it takes, against as many bare requests with such a body. */
export const deliveries = async (): Promise<Row> => {
  await using model = await startModel();
  await using gateway = await startGateway({ modelUrl: model.url });
  await using sink = await startScript('bench/floors/webhook-sink.ts');
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const since = new Date(Date.now() - 1_000).toISOString();
  const { id: webhook } = await client.call(createWebhook, { url: `${sink.url}/hook`, events: ['session.started'], concurrency: AT_ONCE });
  const took = async (): Promise<number> => {
    const { ms } = (await (await fetch(`${sink.url}/took?count=${EVENTS}`)).json()) as { readonly ms: number };
    return (EVENTS / ms) * 1_000;
  };
  const made = took();
  for (let n = 0; n < EVENTS; n++) await client.call(createSession, { label: `Session ${n}` });
  await made;

  const settled = async (): Promise<void> => {
    while ((await client.call(listDeliveries, { webhook, state: 'pending', limit: 1 })).total > 0) await sleep(20);
  };
  const ours = async (): Promise<number> => {
    await settled();
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
  const bare = async (): Promise<number> => {
    const rate = took();
    await Promise.all(Array.from({ length: AT_ONCE }, () => send(EVENTS / AT_ONCE)));
    return rate;
  };
  await ours();
  await bare();
  const pairs = await interleave(ROUNDS, ours, bare);
  await agent.close();
  return atLeast({ what: `deliveries of webhooks per second, ${AT_ONCE} at once, against a bare undici loop`, unit: '/s' }, pairs, 0.5);
};
