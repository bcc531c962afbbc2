import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const ROOT = join(import.meta.dirname, '../..');
/** What a user runs. */
export const PROGRAM = join(ROOT, 'bin/openclaw');

export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

const CACHE = { NODE_COMPILE_CACHE: join(ROOT, '.cache', 'compile') };

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 12_000);
  await gone;
  clearTimeout(late);
};

/** Starts a script of ours that prints one JSON line with its `url` when it listens. */
export const startScript = async (script: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Server> => {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], { env: { ...process.env, ...CACHE, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve((JSON.parse(String(line)) as { url: string }).url));
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { url, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => stop(child) };
};

export const startModel = (...args: readonly string[]): Promise<Server> => startScript('test/support/model-server.ts', ['--port', '0', ...args]);

export interface GatewayServer extends Server {
  readonly token: string;
  readonly readyMs: number;
  readonly folder: string;
}

export interface GatewayOptions {
  readonly modelUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A second endpoint, as the model `fast/model`. */
  readonly extraProvider?: string;
  /** Goes into its configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Fills the state directory before the start. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** The real gateway, as a user would run it, on a fresh state directory. */
export const startGateway = async ({ modelUrl, env = {}, extraProvider, prepare, config: more }: GatewayOptions): Promise<GatewayServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-bench-'));
  const config = {
    model: 'bench/model',
    models: {
      providers: { bench: { api: 'openai', baseUrl: modelUrl }, ...(extraProvider && { fast: { api: 'openai', baseUrl: extraProvider } }) },
      prices: { 'bench/model': { input: 1, output: 1 }, 'fast/model': { input: 1, output: 1 } },
    },
    logging: { level: 'info' },
    ...more,
  };
  await writeFile(join(folder, 'openclaw.json'), JSON.stringify(config));
  await prepare?.(folder);
  const started = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'gateway', 'run', '--port', '0', '--api-port', 'off'], {
    env: { ...process.env, ...CACHE, OPENCLAW_STATE_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
  });
  const readyMs = performance.now() - started;
  child.stdout.resume();
  const { url } = JSON.parse(await readFile(join(folder, 'gateway.running.json'), 'utf8')) as { url: string };
  const token = env['OPENCLAW_AUTH_TOKEN'] ?? (await readFile(join(folder, 'gateway.token'), 'utf8')).trim();
  return {
    url,
    token,
    readyMs,
    folder,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Resident memory of a process after it has been left alone for a while, in megabytes. */
export const idleMemory = async ({ pid }: Server): Promise<number> => {
  await sleep(3_000);
  return residentMemory(pid) / 1024 / 1024;
};

/** Resident memory of a process, in bytes. */
export const residentMemory = (pid: number): number => {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
};

/** Milliseconds a whole process takes from its start to its end. One that fails ends the bench. */
export const timeProcess = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> => {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...CACHE, ...env }, stdio: 'ignore' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const took = performance.now() - started;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}`);
  return took;
};
