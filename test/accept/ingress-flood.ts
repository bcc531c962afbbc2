import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { deliver } from '../support/deliver.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, quantile, type Scenario } from '../support/fault-outcome.ts';
import { makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { FIGURES_MISSING, memoryMB } from '../support/process-figures.ts';
import { VENDORS } from '../support/signatures.ts';

interface Scale {
  /** Sockets that send a byte a second. */
  readonly slow: number;
  /** Those that say they have a gigabyte, and begin to send it; one in fifty does not say so. */
  readonly huge: number;
  readonly bombs: number;
  /** How long they keep coming back. */
  readonly floodMs: number;
  readonly mostGrowthMB: number;
  readonly mutant?: Mutant;
}

const VALID_WITHIN_MS = 300;
const GONE_WITHIN_MS = 15_000;
const COMES_BACK_MS = 10_000;
const ENEMY = '127.0.0.9';
const GITHUB = VENDORS['github'];

const head = (path: string, more: readonly string[]): string => [`POST /webhook/${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Content-Type: application/json', ...more, '', ''].join('\r\n');
/** Looks as if something vouched for it: nobody can tell before the body is there. */
const FORGED = [`X-Hub-Signature-256: sha256=${'0'.repeat(64)}`, 'X-GitHub-Delivery: d'];

/** One connection, and how long it was put up with. */
const hang = (port: number, first: string, left: AbortSignal, then: (socket: Socket) => void = () => {}): Promise<number> =>
  new Promise((resolve) => {
    const from = performance.now();
    const socket = connect({ host: '127.0.0.1', port, localAddress: ENEMY }, () => {
      socket.write(first);
      then(socket);
    });
    socket.on('error', () => {}).resume();
    const leave = (): void => void socket.destroy();
    left.addEventListener('abort', leave);
    socket.on('close', () => {
      left.removeEventListener('abort', leave);
      resolve(performance.now() - from);
    });
  });

const drip = (socket: Socket): void => {
  const timer = setInterval(() => socket.write('x'), 1_000);
  socket.on('close', () => clearInterval(timer));
};

/** A megabyte at once, and more as fast as a line of ten megabit. */
const pour = (socket: Socket): void => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let i = 0; i < 16; i++) socket.write(chunk);
  const timer = setInterval(() => void (socket.writableNeedDrain || socket.write(chunk)), 50);
  socket.on('close', () => clearInterval(timer));
};

/** A crowd that vouches for nothing sends slowly, much, and packed: it is gone in time, costs little, and keeps no good delivery from coming. */
const flood = async ({ slow, huge, bombs, floodMs, mostGrowthMB, mutant }: Scale): Promise<Outcome> => {
  if (FIGURES_MISSING) return { figures: '', problems: [], skipped: FIGURES_MISSING };
  const problems = new Problems();
  await using model = await startModelServer({ script: () => ({ text: 'ok' }) });
  const endpoints = [{ path: 'plain', secret: VENDORS['plain']?.secret }, { path: 'signed', verify: 'github', secret: GITHUB?.secret, message: 'ok', session: 's-{{body.n}}', maxBodyBytes: 25 * 1024 * 1024 }];
  const folder = await makeStateDirectory(model.url, { webhooks: { incoming: { endpoints } }, logging: { level: 'error' } });
  const gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
  const left = new AbortController();
  const port = portOf(gateway);
  let n = 0;
  const latencies: number[] = [];
  const good = async (): Promise<void> => {
    const body = JSON.stringify({ n: n++ % 200, text: 'x'.repeat(1_000) });
    const from = performance.now();
    const { status } = await deliver(gateway.url, { path: '/webhook/signed', body, headers: GITHUB?.sign(body) ?? {}, localAddress: '127.0.0.2' });
    latencies.push(performance.now() - from);
    problems.expect(status === 200, `a good delivery was answered ${status}`);
  };
  try {
    // What as many good ones take is not the crowd's: the heap grows once to what its traffic wants.
    for (let i = 0; i < 4; i++) await Promise.all(Array.from({ length: slow + huge + bombs }, good));
    latencies.length = 0;
    const before = await memoryMB(gateway.pid);
    let most = before;
    let over = false;
    const until = performance.now() + floodMs;
    const stays: number[] = [];
    const knock = async (again: boolean, once: () => Promise<number>): Promise<void> => {
      for (;;) {
        const stayed = await once();
        stays.push(stayed);
        if (!again || performance.now() > until || left.signal.aborted) return;
        // Who is sent away at once comes back no sooner than who is put up with.
        await sleep(Math.max(500, COMES_BACK_MS - stayed));
      }
    };
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
    const packed = head('signed', [...FORGED, 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`]);
    const crowd = [
      ...Array.from({ length: slow }, (_, i) => knock(true, () => hang(port, head(i % 4 === 0 ? 'plain' : 'signed', [...(i % 4 === 0 ? [] : FORGED), 'Content-Length: 100000']), left.signal, drip))),
      ...Array.from({ length: huge }, (_, i) => knock(false, () => hang(port, head('signed', [...FORGED, i % 50 > 0 ? 'Content-Length: 1073741824' : 'Transfer-Encoding: chunked']) + (i % 50 > 0 ? '' : '40000000\r\n'), left.signal, pour))),
      ...Array.from({ length: bombs }, () => knock(false, () => hang(port, packed, left.signal, (socket) => void socket.write(bomb)))),
    ];
    const watching = (async () => {
      while (!over) {
        await good();
        most = Math.max(most, await memoryMB(gateway.pid));
        await sleep(25);
      }
    })();
    const giveUp = setTimeout(() => left.abort(), floodMs + GONE_WITHIN_MS + 5_000);
    await Promise.all(crowd);
    clearTimeout(giveUp);
    over = true;
    await watching;
    const growth = most - before;
    problems.expect(growth <= mostGrowthMB, `it took ${growth.toFixed(0)} MB more`);
    const p99 = quantile(latencies, 0.99);
    problems.expect(p99 <= VALID_WITHIN_MS, `a good delivery took ${p99.toFixed(0)} ms (p99)`);
    const longest = Math.max(...stays);
    problems.expect(longest <= GONE_WITHIN_MS, `one of the crowd stayed ${(longest / 1000).toFixed(1)} s`);
    return {
      figures: `${stays.length} connections of a crowd, the longest ${(longest / 1000).toFixed(1)} s; ${growth.toFixed(0)} MB more; ${latencies.length} good deliveries p50 ${quantile(latencies, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
      problems: problems.all,
    };
  } finally {
    left.abort();
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const MOST_GROWTH_MB = 64;
const QUICK: Scale = { slow: 100, huge: 20, bombs: 10, floodMs: 1_000, mostGrowthMB: MOST_GROWTH_MB };

export const ingressFlood: Scenario = {
  id: 'ingress-flood',
  title: 'I3 a crowd that vouches for nothing',
  quick: () => flood(QUICK),
  full: () => flood({ slow: 500, huge: 200, bombs: 50, floodMs: 60_000, mostGrowthMB: MOST_GROWTH_MB }),
  red: { 'everybody is let in before they have shown anything': () => flood({ ...QUICK, mutant: 'vouches-for-all' }) },
};
