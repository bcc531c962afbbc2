/**
 * Measures the gateway against bare floors and prints the table, each pair interleaved in one run.
 * `npm run bench` writes it to bench/RESULTS.md; `npm run bench -- turns memory` measures those rows only.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { type Load, load, percentile } from './kit/load.ts';
import { captureModelCall } from './kit/model-call.ts';
import { fillSession } from './kit/long-session.ts';
import { openSocket } from './kit/lanes.ts';
import { idleMemory, PROGRAM, ROOT, startGateway, startModel, startScript, timeProcess } from './kit/processes.ts';
import { addsAtMost, atLeast, atMost, interleave, interleaveAll, type Row } from './kit/rows.ts';
import { firstWordOnSocket, readStream } from './kit/streams.ts';
import { messagesV1Stream, modelTarget, QUESTION, streamOf, streamOfModel, turnsOf, turnsOfFloor } from './kit/targets.ts';
import { deliveries } from './measures/deliveries.ts';
import { cron } from './measures/cron.ts';
import { dialects } from './measures/dialects.ts';
import { ingress } from './measures/ingress.ts';
import { reads } from './measures/reads.ts';
import { stats } from './measures/stats.ts';
import { broadcast, idleSockets } from './measures/sockets.ts';

const p50 = async (run: Promise<Load>): Promise<number> => percentile((await run).latencies, 0.5);
const perSecond = async (run: Promise<Load>): Promise<number> => (await run).perSecond;

let captured: ReturnType<typeof captureModelCall> | undefined;
/** Once, for all that measure against it. */
const modelCall = (): ReturnType<typeof captureModelCall> => (captured ??= captureModelCall(QUESTION));

const turns = async (): Promise<Row> => {
  await using model = await startModel('--chunks', '5');
  await using gateway = await startGateway({ modelUrl: model.url });
  await using floor = await startScript('bench/floors/turn-floor.ts', [], { MODEL_URL: model.url, MODEL_CALL: JSON.stringify(await modelCall()) });
  const [ours, bare] = [turnsOf(gateway), turnsOfFloor(floor.url)];
  await load(ours, 32, 3_000);
  await load(bare, 32, 3_000);
  const pairs = await interleave(7, () => perSecond(load(ours, 32, 3_000)), () => perSecond(load(bare, 32, 6_000)));
  return atLeast({ what: 'durable turns per second, 32 at once, against a route that stores nothing', unit: '/s' }, pairs, 0.6);
};

const latency = async (): Promise<Row> => {
  await using model = await startModel('--chunks', '5');
  await using gateway = await startGateway({ modelUrl: model.url });
  const [ours, direct] = [turnsOf(gateway), modelTarget(model.url, await modelCall())];
  await load(ours, 1, 300);
  const pairs = await interleave(7, () => p50(load(ours, 1, 200)), () => p50(load(direct, 1, 200)));
  return addsAtMost('added latency of a turn, one at a time, p50', pairs, 5);
};

const gapsUnderLoad = async (env: Readonly<Record<string, string>>): Promise<{ p99: () => Promise<number> } & AsyncDisposable> => {
  const model = await startModel('--chunks', '200', '--delay', '5');
  const fast = await startModel('--chunks', '5');
  const gateway = await startGateway({ modelUrl: model.url, env, extraProvider: fast.url });
  const agent = new Agent();
  return {
    p99: async () => {
      const pressure = turnsOf(gateway);
      const busy = load({ ...pressure, body: (n) => ({ ...pressure.body(n), options: { model: 'fast/model' } }) }, 32, 1_500);
      const { gaps } = await readStream(agent, streamOf(gateway, 'stream'));
      await busy;
      return percentile(gaps.toSorted((a, b) => a - b), 0.99);
    },
    [Symbol.asyncDispose]: async () => {
      await agent.close();
      await gateway[Symbol.asyncDispose]();
      await fast[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
    },
  };
};

const gaps = async (): Promise<Row> => {
  const what = 'gap between streamed words, p99, while 32 turns commit: fsync of 5 ms against a fast one';
  const { compileShim } = await import('../test/support/power-cut.ts');
  const shim = await compileShim();
  if (shim === undefined) return { what, ours: '-', floor: '-', ratio: 'not measured: no C compiler', goal: '<= 2', met: false };
  await using slow = await gapsUnderLoad({ LD_PRELOAD: shim, OPENCLAW_FSYNC_DELAY_MS: '5' });
  await using fast = await gapsUnderLoad({});
  await slow.p99();
  await fast.p99();
  return atMost({ what, unit: 'ms', digits: 1 }, await interleave(5, slow.p99, fast.p99), 2);
};

const firstToken = async (): Promise<readonly Row[]> => {
  await using model = await startModel('--chunks', '5');
  await using gateway = await startGateway({ modelUrl: model.url });
  const agent = new Agent();
  const socket = await openSocket(gateway);
  const middle = async (one: () => Promise<number>): Promise<number> => {
    const times: number[] = [];
    for (let n = 0; n < 100; n++) times.push(await one());
    return percentile(times.toSorted((a, b) => a - b), 0.5);
  };
  let n = 0;
  const bySse = () => middle(async () => (await readStream(agent, messagesV1Stream(gateway, `f${n++ % 256}`))).firstToken);
  const bySocket = () => middle(() => firstWordOnSocket(socket, `f${n++ % 256}`, 'Go on.'));
  const direct = () => middle(async () => (await readStream(agent, streamOfModel(model.url, await modelCall()))).firstToken);
  await bySse();
  await bySocket();
  const [sse, frames] = await interleaveAll(7, [bySse, bySocket], direct);
  socket.terminate();
  await agent.close();
  return [
    addsAtMost('first word through SSE (`POST /api/v1/messages/stream`), p50, against the model call made directly', sse, 3),
    addsAtMost('first word through WebSocket (`message` frames), p50, against the model call made directly', frames, 3),
  ];
};

const longSession = async (): Promise<Row> => {
  await using model = await startModel('--chunks', '5');
  await using gateway = await startGateway({ modelUrl: model.url, prepare: (folder) => fillSession(folder, 'long', 10_000) });
  const inLong = { ...turnsOf(gateway), body: () => ({ session: 'long', text: 'What is on today?' }) };
  const inEmpty = turnsOf(gateway);
  await load(inLong, 1, 20);
  await load(inEmpty, 1, 200);
  const pairs = await interleave(7, () => p50(load(inLong, 1, 100)), () => p50(load(inEmpty, 1, 100)));
  return atMost({ what: 'turn in a session of 10,000 messages, against one in an empty session, p50', unit: 'ms', digits: 2 }, pairs, 1.5);
};

const start = async (): Promise<Row> => {
  await using model = await startModel();
  const ready = async (): Promise<number> => {
    await using gateway = await startGateway({ modelUrl: model.url });
    return gateway.readyMs;
  };
  await ready();
  const pairs = await interleave(7, ready, () => timeProcess(['-e', '0']));
  return atMost({ what: 'start to ready, against `node -e 0`', unit: 'ms' }, pairs, 12);
};

const memory = async (): Promise<Row> => {
  await using model = await startModel();
  const ours = async (): Promise<number> => {
    await using gateway = await startGateway({ modelUrl: model.url });
    return await idleMemory(gateway);
  };
  const bare = async (): Promise<number> => {
    await using floor = await startScript('bench/floors/bare-fastify.ts');
    return await idleMemory(floor);
  };
  return atMost({ what: 'idle memory, against a bare Fastify server', unit: 'MB' }, await interleave(3, ours, bare), 2);
};

const version = async (): Promise<Row> => {
  await timeProcess([PROGRAM, '--version']);
  const pairs = await interleave(15, () => timeProcess([PROGRAM, '--version']), () => timeProcess(['-e', '0']));
  return atMost({ what: '`openclaw --version`, against `node -e 0`', unit: 'ms' }, pairs, 3);
};

const status = async (): Promise<Row> => {
  await using model = await startModel();
  await using gateway = await startGateway({ modelUrl: model.url });
  const asked = () => timeProcess([PROGRAM, 'status'], { OPENCLAW_STATE_DIR: gateway.folder });
  await asked();
  return atMost({ what: '`openclaw status`, a gateway running, against `node -e 0`', unit: 'ms' }, await interleave(15, asked, () => timeProcess(['-e', '0'])), 5);
};

/** Each with what it measures. */
const MEASURES = {
  turns: ['durable turns per second', turns],
  dialects: ['turns per second by each dialect, against the native route', dialects],
  ingress: ['webhooks taken per second', ingress],
  latency: ['added latency of a turn', latency],
  gaps: ['gaps between streamed words while other turns commit', gaps],
  firstToken: ['first word through SSE and WebSocket', firstToken],
  longSession: ['a turn in a session of 10,000 messages', longSession],
  idleSockets: ['memory of idle WebSocket connections', idleSockets],
  broadcast: ['a tool call told to many sockets', broadcast],
  start: ['start to ready', start],
  memory: ['idle memory', memory],
  version: ['openclaw --version', version],
  status: ['openclaw status', status],
  reads: ['reads per second', reads],
  stats: ['statistics of a million messages', stats],
  deliveries: ['deliveries of webhooks per second', deliveries],
  cron: ['processor time of 10,000 jobs, none of which is due', cron],
} as const satisfies Readonly<Record<string, readonly [title: string, measure: () => Promise<Row | readonly Row[]>]>>;

const cells = (row: Row): string[] => [row.what, row.ours, row.floor, row.ratio, row.goal, row.met === undefined ? '-' : row.met ? 'yes' : '**no**'];
const table = (rows: readonly Row[]): string =>
  [['what', 'ours', 'floor', 'ratio', 'goal', 'met'], ['---', '---', '---', '---', '---', '---'], ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`).join('\n');

const NOTES = `The floor for turns is a bare Fastify route that validates its body, makes the same streaming call (instructions and tools included)
with plain undici, parses the stream and stores nothing. All processes, the load and the model server among them, share the machine's
processors.`;

const HELP = `npm run bench [-- <measure>…]

Measures, all of them where none is named; all of them are written to bench/RESULTS.md:

${Object.entries(MEASURES).map(([name, [title]]) => `  ${name.padEnd(12)} ${title}`).join('\n')}
`;

const wanted = process.argv.slice(2);
if (wanted.includes('--help') || wanted.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = wanted.filter((name) => !Object.hasOwn(MEASURES, name));
if (unknown.length > 0) {
  process.stderr.write(`No measure is called ${unknown.join(', ')}; npm run bench -- --help shows what there is\n`);
  process.exit(2);
}

const rows: Row[] = [];
for (const [name, [, measure]] of Object.entries(MEASURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  rows.push(...[await measure()].flat());
}
process.stdout.write(`${table(rows)}\n`);
if (wanted.length === 0) {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model ?? 'unknown'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
  await writeFile(join(ROOT, 'bench', 'RESULTS.md'), `# Results\n\nWritten by \`npm run bench\` on ${machine}. Medians; each pair interleaved in one run.\n\n${table(rows)}\n\n${NOTES}\n`);
}
