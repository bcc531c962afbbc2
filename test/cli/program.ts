import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a user runs. */
export const MAIN = join(import.meta.dirname, '../../bin/openclaw');
/** As the launcher has it: what was compiled once need not be again. */
const COMPILED = join(import.meta.dirname, '../../.cache/compile');
const PATIENCE_MS = 10_000;

/** A state directory of its own, and an environment in which no model, token or gateway of this machine can be found. */
export interface Home extends AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

export const makeHome = async (more: Readonly<Record<string, string>> = {}): Promise<Home> => {
  const root = await mkdtemp(join(tmpdir(), 'openclaw-cli-'));
  const folder = join(root, 'state');
  return {
    folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: root, OPENCLAW_STATE_DIR: folder, OPENCLAW_DETECT_MODELS: 'off', NODE_COMPILE_CACHE: COMPILED, ...more },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
};

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A running program, with what it said so far. */
export interface Running {
  readonly child: ChildProcess;
  readonly said: () => { readonly out: string; readonly err: string };
  /** Waits until stdout or stderr holds `part`. */
  until(part: string): Promise<void>;
  readonly ended: Promise<Outcome>;
}

export const start = (args: readonly string[], env: Readonly<Record<string, string>>, input?: string, { keepsInput = false } = {}): Running => {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: [input === undefined && !keepsInput ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  if (input !== undefined) child.stdin?.end(input);
  const ended = new Promise<Outcome>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  const until = async (part: string): Promise<void> => {
    const patience = Date.now() + PATIENCE_MS;
    while (!`${out}${err}`.includes(part)) {
      if (child.exitCode !== null || Date.now() > patience) throw new Error(`"${part}" was never said; said was: ${out}${err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, said: () => ({ out, err }), until, ended };
};

/** Runs the program to its end. */
export const run = (args: readonly string[], env: Readonly<Record<string, string>>, input?: string): Promise<Outcome> => start(args, env, input).ended;

export interface RunningGateway extends AsyncDisposable, Running {
  readonly url: string;
  stop(): Promise<Outcome>;
}

/** `openclaw gateway run` on any free port, ready. */
export const runGateway = async (home: Home, ...flags: readonly string[]): Promise<RunningGateway> => {
  const running = start(['gateway', 'run', '--port', '0', '--api-port', 'off', ...flags], home.env);
  const stop = (): Promise<Outcome> => {
    running.child.kill('SIGTERM');
    return running.ended;
  };
  await running.until('Try it:');
  const url = /URL +(http:\S+)/.exec(running.said().out)?.[1] ?? '';
  return { ...running, url, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
};

/** A port held by somebody else. */
export const takePort = async (): Promise<AsyncDisposable & { readonly port: number }> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has a port');
  return { port: address.port, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
};

/** A port that nobody holds, a moment ago. */
export const freePort = async (): Promise<number> => {
  await using taken = await takePort();
  return taken.port;
};
