/** Gateways as processes of their own, to be killed, stopped and started again on one state directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');
/** The launcher makes one small set of files of many, which start in half the time. */
const { built } = createRequire(import.meta.url)(join(ROOT, 'bin/launcher.cjs')) as { readonly built: (module: string, node: string) => string };
const ENTRIES = {
  /** What a user runs, and has run before. */
  cli: () => {
    built(join(ROOT, 'packages/gateway/src/app/main.ts'), process.execPath);
    return [join(ROOT, 'bin/openclaw'), 'gateway', 'run', '--api-port', 'off'];
  },
  /** The same, with the tools and mutants of this suite. */
  fault: () => [built(join(import.meta.dirname, 'fault-gateway.ts'), process.execPath)],
} as const;
const LONGEST_START_MS = 15_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly readyMs: number;
  readonly exited: Promise<Exit>;
  /** Sends the signal without waiting. */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal, and resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

export interface ProcessOptions {
  readonly folder: string;
  readonly port?: number;
  readonly entry?: keyof typeof ENTRIES;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The process ended instead of listening. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  readonly code: number | null;
  readonly output: string;
  readonly ms: number;

  constructor(exit: Exit, output: string, ms: number) {
    super(`the gateway ended with ${exit.code ?? exit.signal} after ${Math.round(ms)} ms: ${gist(output)}`);
    this.code = exit.code;
    this.output = output;
    this.ms = ms;
  }
}

/** The line of an error, without its stack. */
const gist = (output: string): string => output.split('\n').find((line) => /^\w*(Error|Refused): |^openclaw: /.test(line)) ?? output.slice(0, 400);

export const startProcess = async ({ folder, port = 0, entry = 'fault', args = [], env = {} }: ProcessOptions): Promise<GatewayProcess> => {
  // Made at the first of them: what that takes is no part of a start.
  const command = ENTRIES[entry]();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...command, '--port', String(port), ...args], {
    env: { ...withoutRunner(), NODE_COMPILE_CACHE: join(ROOT, '.cache', 'compile'), OPENCLAW_STATE_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  try {
    await untilReady(child, exited, startedAt);
    const readyMs = performance.now() - startedAt;
    // Written by the gateway before it says that it is ready.
    const { url } = JSON.parse(await readFile(join(folder, 'gateway.running.json'), 'utf8')) as { url: string };
    // There is none where the configuration names a token.
    const token = (await readFile(join(folder, 'gateway.token'), 'utf8').catch(() => '')).trim();
    const end = async (signal: NodeJS.Signals): Promise<Exit> => {
      child.kill(signal);
      return exited;
    };
    return {
      url, token, readyMs, exited, end,
      pid: child.pid ?? 0,
      signal: (signal) => void child.kill(signal),
      [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
    };
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
};

const exitOf = (child: ChildProcess): Promise<Exit> => new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));

const untilReady = async (child: ChildProcess, exited: Promise<Exit>, startedAt: number): Promise<void> => {
  let output = '';
  child.stderr?.on('data', (chunk) => (output = (output + String(chunk)).slice(-10_000)));
  const welcomed = new Promise<'ready'>((resolve) => child.stdout?.on('data', () => resolve('ready')));
  const gone = new AbortController();
  const late = sleep(LONGEST_START_MS, 'late' as const, { signal: gone.signal }).catch(() => 'late' as const);
  const first = await Promise.race([welcomed, exited, late]);
  gone.abort();
  if (first === 'ready') return;
  if (first === 'late') throw new StartFailed({ code: null, signal: null }, `neither ready nor ended: ${output}`, LONGEST_START_MS);
  throw new StartFailed(first, output, performance.now() - startedAt);
};

/** A test runner's own settings are nothing to a gateway. */
const withoutRunner = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|DATABASE_URL|OPENCLAW_)/.test(name)));

/** A state directory whose gateway asks the model server at `modelUrl`. */
export const makeStateDirectory = async (modelUrl: string, config: Readonly<Record<string, unknown>> = {}, at?: string): Promise<string> => {
  const folder = at ?? (await mkdtemp(join(tmpdir(), 'openclaw-fault-')));
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'openclaw.json'),
    JSON.stringify({
      model: 'test/model',
      models: { providers: { test: { api: 'openai', baseUrl: modelUrl, models: [{ id: 'model', contextTokens: 32_000 }] } } },
      logging: { level: 'warn' },
      ...config,
    }),
    // As a gateway leaves it.
    { mode: 0o600 },
  );
  return folder;
};

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

export const portOf = ({ url }: { readonly url: string }): number => Number(new URL(url).port);
