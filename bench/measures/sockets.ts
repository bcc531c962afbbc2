import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { sendMessage } from '@openclaw/contract';
import { WebSocket } from 'ws';
import { type ModelScript, startModelServer } from '../../test/support/model-server.ts';
import { type Heard, monotonicMs, startListeners } from '../kit/listeners.ts';
import { percentile } from '../kit/load.ts';
import { type GatewayServer, residentMemory, type Server, startGateway, startModel, startScript } from '../kit/processes.ts';
import { atMost, interleave, type Row } from '../kit/rows.ts';
import { QUESTION } from '../kit/targets.ts';

const startFloor = () => startScript('bench/floors/raw-sockets.ts');

const IDLE = 2_000;
/** Open before the count begins: they take up what the start left free and make the heap as large as connections make it once. */
const FIRST = 2_000;
const SETTLE_MS = 1_000;

/** Kilobytes of resident memory for each connection that is authenticated and says nothing. */
const idleConnection = async (server: Server, token?: string): Promise<number> => {
  const orders = { url: server.url, ...(token !== undefined && { token }) };
  await using _first = await startListeners({ ...orders, count: FIRST });
  await sleep(SETTLE_MS);
  const before = residentMemory(server.pid);
  await using _rest = await startListeners({ ...orders, count: IDLE });
  await sleep(SETTLE_MS);
  return (residentMemory(server.pid) - before) / IDLE / 1024;
};

export const idleSockets = async (): Promise<Row> => {
  await using model = await startModel();
  const ours = async (): Promise<number> => {
    await using gateway = await startGateway({ modelUrl: model.url });
    return await idleConnection(gateway, gateway.token);
  };
  const raw = async (): Promise<number> => {
    await using floor = await startFloor();
    return await idleConnection(floor);
  };
  const what = `memory of each of ${IDLE.toLocaleString('en')} idle WebSocket connections, against a bare \`ws\` server`;
  return atMost({ what, unit: 'KB', digits: 1 }, await interleave(3, ours, raw), 3);
};

const AUDIENCE = 5_000;
/** A tool call and its result. */
const TEXTS = 2;

const p99Since = (began: number, { arrivals }: Heard): number => percentile(arrivals.map((at) => at - began).toSorted((a, b) => a - b), 0.99);

/** Notes when it answers with a tool call. */
const callsOneTool = () => {
  let calledAt = Number.NaN;
  const script: ModelScript = ({ messages }) => {
    if (messages.at(-1)?.role !== 'user') return { text: 'It is late.' };
    calledAt = monotonicMs();
    return { toolCalls: [{ tool: 'time', input: { timezone: 'UTC' } }] };
  };
  return { script, calledAt: () => calledAt };
};

/** Both sides tell two texts, one after the other, as a tool call and its result are; the first one counts. */
export const broadcast = async (): Promise<Row> => {
  const { script, calledAt } = callsOneTool();
  await using model = await startModelServer({ script });
  await using gateway = await startGateway({ modelUrl: model.url });
  await using floor = await startFloor();
  await using audience = await startListeners({ url: gateway.url, token: gateway.token, count: AUDIENCE, hello: { type: 'status' }, texts: TEXTS });
  await using bareAudience = await startListeners({ url: floor.url, count: AUDIENCE, texts: TEXTS });

  const ask = askingIn(gateway);
  let told: readonly string[] = [];
  const ours = async (): Promise<number> => {
    const heard = await audience.during(ask);
    told = heard.texts;
    return p99Since(calledAt(), heard);
  };
  const speaker = new WebSocket(floor.url.replace(/^http/, 'ws'));
  await once(speaker, 'open');
  const raw = async (): Promise<number> => {
    let began = Number.NaN;
    const heard = await bareAudience.during(async () => {
      began = monotonicMs();
      speaker.send(JSON.stringify(told));
    });
    return p99Since(began, heard);
  };
  await interleave(3, ours, raw);
  const pairs = await interleave(15, ours, raw);
  speaker.terminate();
  const what = `tool call to the last of ${AUDIENCE.toLocaleString('en')} sockets, p99, against a bare \`ws\` server that tells the same`;
  return atMost({ what, unit: 'ms', digits: 1 }, pairs, 2);
};

/** A new session each time: no conversation grows. */
const askingIn = ({ url, token }: GatewayServer): (() => Promise<unknown>) => {
  const client = connect({ baseUrl: url, token });
  let n = 0;
  return () => client.call(sendMessage, { session: `b${n++}`, text: QUESTION });
};
