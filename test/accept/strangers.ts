import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, quantile, type Scenario, seeded } from '../support/fault-outcome.ts';
import { makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { FIGURES_MISSING, gauge, openFiles } from '../support/process-figures.ts';
import { openSocket } from '../support/socket-client.ts';

interface Scale {
  readonly attempts: number;
  /** Attempts that are open at the same time at most. */
  readonly atOnce: number;
  /** The longest that somebody who has a credential waits meanwhile. */
  readonly validWithinMs: number;
  readonly mutant?: Mutant;
}

/** As `SOCKET_LIMITS` has it. */
const MOST_STRANGERS = 64;
const GONE_WITHIN_MS = 5_000;
/** Half a request: until its headers are overdue, and somebody looks. */
const HALF_GONE_WITHIN_MS = 5_000;
const BACK_WITHIN_MS = 30_000;
const SPARE_FILES = 5;

const HEAD = 'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
/** Frames of somebody who has no credential: a ping, half a frame, a wrong first frame, nonsense. */
const FRAMES = ['', '\x89\x80abcd', '\x81\xfe\x01', '\x81\x82abcd\x1a\x1f', '\x81\x02{}', 'nonsense'];

const attempts = (random: () => number): { readonly kind: string; readonly bytes: string } => {
  const pick = random();
  if (pick < 0.5) return { kind: 'stranger', bytes: `${HEAD}${KEY}\r\n${FRAMES[Math.floor(random() * FRAMES.length)] ?? ''}` };
  if (pick < 0.6) return { kind: 'half', bytes: HEAD.slice(0, 1 + Math.floor(random() * HEAD.length)) };
  if (pick < 0.7) return { kind: 'garbage', bytes: String.fromCharCode(...Array.from({ length: 200 }, () => Math.floor(random() * 256))) };
  if (pick < 0.8) return { kind: 'no key', bytes: `${HEAD}\r\n` };
  if (pick < 0.9) return { kind: 'wrong path', bytes: `${HEAD.replace('/ws', '/elsewhere')}${KEY}\r\n` };
  return { kind: 'tls', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' };
};

/** A connection of somebody we do not know, and how long the gateway put up with it. */
const attempt = (port: number, { kind, bytes }: { readonly kind: string; readonly bytes: string }, left: AbortSignal): Promise<{ readonly kind: string; readonly ms: number }> =>
  new Promise((resolve) => {
    const from = performance.now();
    // From an address of its own: an owner at this machine is not to be kept out for it.
    const socket: Socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.9' }, () => socket.write(bytes, 'latin1'));
    socket.on('error', () => {});
    socket.resume();
    const leave = (): void => void socket.destroy();
    left.addEventListener('abort', leave);
    socket.on('close', () => {
      left.removeEventListener('abort', leave);
      resolve({ kind, ms: performance.now() - from });
    });
  });

/** A crowd that never says who it is: it is kept small and sent away in time, and whoever has a credential walks past it. */
const crowd = async ({ attempts: count, atOnce, validWithinMs, mutant }: Scale): Promise<Outcome> => {
  if (FIGURES_MISSING) return { figures: '', problems: [], skipped: FIGURES_MISSING };
  const problems = new Problems();
  const random = seeded(17);
  const folder = await makeStateDirectory('http://127.0.0.1:1');
  const gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
  const left = new AbortController();
  try {
    await using first = await openSocket(gateway.url, { token: gateway.token });
    await first.ask({ type: 'status' });
    await gauge(gateway, 'openclaw_sockets');
    const baseline = await openFiles(gateway.pid);
    const port = portOf(gateway);
    const stays: { readonly kind: string; readonly ms: number }[] = [];
    const giveUp = setTimeout(() => left.abort(), mutant ? 12_000 : 240_000);
    let waiting = count;
    const knock = async (): Promise<void> => {
      while (waiting-- > 0 && !left.signal.aborted) stays.push(await attempt(port, attempts(random), left.signal));
    };
    let over = false;
    let most = 0;
    const latencies: number[] = [];
    const look = async (): Promise<void> => {
      while (!over) {
        const from = performance.now();
        await using valid = await openSocket(gateway.url, { token: gateway.token });
        await valid.ask({ type: 'status' });
        latencies.push(performance.now() - from);
        // Of these two are not strangers.
        most = Math.max(most, (await gauge(gateway, 'openclaw_sockets')) - 2);
        await sleep(100);
      }
    };
    const looking = look();
    const from = performance.now();
    await Promise.all(Array.from({ length: atOnce }, knock));
    const seconds = (performance.now() - from) / 1000;
    clearTimeout(giveUp);
    over = true;
    await looking;
    problems.expect(most <= MOST_STRANGERS, `${most} strangers were let stand at once`);
    const longest = (which: (kind: string) => boolean): number => Math.max(0, ...stays.filter(({ kind }) => which(kind)).map(({ ms }) => ms));
    const [stranger, half] = [longest((kind) => kind !== 'half'), longest((kind) => kind === 'half')];
    problems.expect(stranger <= GONE_WITHIN_MS + 1_000, `a stranger stayed ${Math.round(stranger)} ms`);
    problems.expect(half <= HALF_GONE_WITHIN_MS + 1_000, `half a request stayed ${Math.round(half)} ms`);
    const slowest = Math.max(...latencies);
    problems.expect(slowest <= validWithinMs, `somebody with a credential waited ${Math.round(slowest)} ms`);
    const ended = performance.now();
    let files = await openFiles(gateway.pid);
    while (Math.abs(files - baseline) > SPARE_FILES && performance.now() - ended < BACK_WITHIN_MS) {
      await sleep(200);
      files = await openFiles(gateway.pid);
    }
    problems.expect(Math.abs(files - baseline) <= SPARE_FILES, `it holds ${files} files open; before it were ${baseline}`);
    return {
      figures: `${stays.length} attempts in ${seconds.toFixed(0)} s, at most ${most} strangers at once, gone after ${Math.round(stranger)} ms (half requests ${Math.round(half)}); others came in within ${quantile(latencies, 0.5).toFixed(0)} ms, ${slowest.toFixed(0)} at most; ${baseline} files open before, ${files} after`,
      problems: problems.all,
    };
  } finally {
    left.abort();
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

/** Beside other tests, which take their part of the machine. */
const QUICK: Scale = { attempts: 500, atOnce: 300, validWithinMs: 1_500 };

export const strangers: Scenario = {
  id: 'strangers',
  title: 'S6 a crowd of strangers',
  quick: () => crowd(QUICK),
  full: () => crowd({ attempts: 10_000, atOnce: 1_000, validWithinMs: 500 }),
  red: { 'strangers may stay': () => crowd({ ...QUICK, mutant: 'patient-with-strangers' }) },
};
