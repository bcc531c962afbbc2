import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { sendMessage } from '@openclaw/contract';
import { WebSocket } from 'ws';
import { type Outcome, Problems, quantile, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { FIGURES_MISSING, memoryMB } from '../support/process-figures.ts';
import { openSocket } from '../support/socket-client.ts';

interface Scale {
  readonly idle: number;
  readonly active: number;
  readonly holdMs: number;
  readonly pingMs: number;
  readonly broadcasts: number;
  /** What the gateway is told to take; as many as there are otherwise. */
  readonly maxConnections?: number;
  readonly answersPings?: boolean;
}

const MOST_KB_EACH = 50;
const BROADCAST_WITHIN_MS = 1_000;
const OPENED_AT_ONCE = 100;
const STATUS = JSON.stringify({ type: 'status', id: 's' });

/** A client that only counts: thousands of them share a core with the gateway. */
class Listener {
  pings = 0;
  dropped = false;
  readonly socket: WebSocket;
  #heard: ((text: Buffer) => void) | undefined;

  constructor({ url, token }: GatewayProcess, autoPong: boolean) {
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws?token=${token}`, { autoPong, perMessageDeflate: false });
    this.socket.on('ping', () => this.pings++);
    this.socket.on('close', () => (this.dropped = true));
    this.socket.on('error', () => {});
    // Text comes as one buffer.
    this.socket.on('message', (data) => this.#heard?.(data as Buffer));
  }

  /** When the next frame like this came. */
  hear(part: string): Promise<number> {
    return new Promise((resolve) => {
      this.#heard = (text) => {
        if (text.includes(part)) resolve(performance.now());
      };
    });
  }

  async ask(): Promise<number> {
    const asked = performance.now();
    const answered = this.hear('"type":"status"');
    this.socket.send(STATUS);
    return (await answered) - asked;
  }
}

const openMany = async (gateway: GatewayProcess, count: number, answersPings: boolean): Promise<Listener[]> => {
  const all: Listener[] = [];
  while (all.length < count) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - all.length) }, () => new Listener(gateway, answersPings));
    await Promise.all(some.map(({ socket }) => once(socket, 'open')));
    all.push(...some);
  }
  return all;
};

/** As many connections as it may have, most of them idle: none is dropped, none costs much, all hear the news in time, and one more is told so. */
const fill = async ({ idle, active, holdMs, pingMs, broadcasts, maxConnections = idle + active, answersPings = true }: Scale): Promise<Outcome> => {
  if (FIGURES_MISSING) return { figures: '', problems: [], skipped: FIGURES_MISSING };
  const problems = new Problems();
  let calledAt = 0;
  await using model = await startModelServer({
    script: ({ messages }) => {
      if (messages.at(-1)?.role !== 'user') return { text: 'done' };
      calledAt = performance.now();
      return { toolCalls: [{ tool: 'time', input: {} }] };
    },
  });
  const folder = await makeStateDirectory(model.url, { gateway: { max_connections: maxConnections } });
  const gateway = await startProcess({ folder, args: ['--ping-ms', String(pingMs)] });
  const everyone: Listener[] = [];
  try {
    const client = connect({ baseUrl: gateway.url, token: gateway.token });
    // What the first connections and the first turn take is not theirs alone.
    for (const { socket } of await openMany(gateway, active, true)) {
      socket.close();
      await once(socket, 'close');
    }
    await client.call(sendMessage, { text: 'warm up' });
    const before = await memoryMB(gateway.pid);
    const from = performance.now();
    everyone.push(...(await openMany(gateway, idle, answersPings)));
    const openedMs = performance.now() - from;
    const each = (((await memoryMB(gateway.pid)) - before) * 1024) / idle;
    // Of a few nothing can be said: the heap grows in steps.
    problems.expect(each <= MOST_KB_EACH || idle < 400, `an idle connection takes ${each.toFixed(1)} KB`);
    const busy = await openMany(gateway, active, answersPings);
    everyone.push(...busy);

    const extra = await openSocket(gateway.url, { token: gateway.token });
    const told = await Promise.race([extra.next(({ type }) => type === 'error').catch(() => undefined), sleep(2_000, undefined)]);
    const ended = await Promise.race([extra.closed, sleep(2_000, undefined)]);
    problems.expect(told?.payload?.['code'] === 'GATEWAY_BUSY', `one connection too many was told ${String(told?.payload?.['code'])}`);
    problems.expect(ended?.code === 1013, `one connection too many was closed with ${ended?.code}`);
    extra.socket.terminate();

    const latencies: number[] = [];
    const until = performance.now() + holdMs;
    const keepAsking = async (one: Listener): Promise<void> => {
      while (performance.now() < until && !one.dropped) {
        latencies.push(await Promise.race([one.ask(), sleep(5_000, 5_000)]));
        await sleep(100);
      }
    };
    await Promise.all([...busy.map(keepAsking), sleep(holdMs)]);
    const dropped = everyone.filter((one) => one.dropped).length;
    problems.expect(dropped === 0, `${dropped} of ${everyone.length} connections were dropped`);
    const quiet = everyone.filter(({ pings }) => pings < Math.floor(holdMs / pingMs)).length;
    problems.expect(quiet === 0, `${quiet} connections were not asked whether they are there`);

    // Who has asked for something hears of what happens.
    const standing = everyone.filter((one) => !one.dropped);
    for (let i = 0; i < standing.length; i += OPENED_AT_ONCE) await Promise.all(standing.slice(i, i + OPENED_AT_ONCE).map((one) => one.ask()));
    const delays: number[] = [];
    for (let i = 0; i < broadcasts; i++) {
      const heard = standing.map((one) => Promise.race([one.hear('"type":"tool_call"'), sleep(10_000, Number.POSITIVE_INFINITY)]));
      await client.call(sendMessage, { text: `look ${i}` });
      delays.push(...(await Promise.all(heard)).map((at) => at - calledAt));
    }
    const p99 = quantile(delays, 0.99);
    problems.expect(p99 <= BROADCAST_WITHIN_MS, `news was told within ${Math.round(p99)} ms (p99)`);
    problems.expect(delays.every(Number.isFinite), `${delays.filter((delay) => !Number.isFinite(delay)).length} did not hear the news`);
    return {
      figures: `${idle} idle connections opened in ${Math.round(openedMs)} ms, ${each.toFixed(1)} KB each; ${dropped} dropped in ${holdMs / 1000} s; ${active} active ones' p99 ${quantile(latencies, 0.99).toFixed(0)} ms; news to all p50 ${quantile(delays, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
      problems: problems.all,
    };
  } finally {
    for (const { socket } of everyone) socket.terminate();
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const QUICK: Scale = { idle: 400, active: 20, holdMs: 3_000, pingMs: 1_000, broadcasts: 2 };
const TINY: Scale = { idle: 40, active: 5, holdMs: 1_000, pingMs: 300, broadcasts: 1 };

export const capacity: Scenario = {
  id: 'capacity',
  title: 'S2 as many connections as there may be',
  quick: () => fill(QUICK),
  full: () => fill({ idle: 5_000, active: 50, holdMs: 60_000, pingMs: 10_000, broadcasts: 5 }),
  red: {
    'the limit is not kept': () => fill({ ...TINY, maxConnections: 10_000 }),
    'clients that do not answer pings': () => fill({ ...TINY, answersPings: false }),
  },
};
