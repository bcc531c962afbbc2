import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { answers } from '@openclaw/client/over-http';
import type { LocalGateway, RunFlags, StartedGateway } from '../../surfaces/cli/gateway/gateway-host.ts';
import { CliError } from '../../surfaces/cli/host.ts';
import { readAnnouncement } from '../announcement.ts';
import { withFileLock } from '../config/with-file-lock.ts';
import { type Environment, makeStateFolder, stateFolder } from '../state/state-folder.ts';
import { findGateway } from './find-gateway.ts';

/** Longer than a gateway waits for its database. */
const PATIENCE_MS = 45_000;
const STOP_TAKES_MS = 12_000;
const LOOK_EVERY_MS = 50;
const SHOWN_LINES = 15;
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Starts `gateway run` in a session of its own and waits until it is ready, has died, or the time is up. */
export const startDetached = async (env: Environment, flags: RunFlags): Promise<StartedGateway> => {
  const folder = stateFolder(env);
  const output = join(folder.logs, 'gateway.out');
  await makeStateFolder(folder).catch((thrown: unknown) => {
    throw new CliError(`The state directory ${folder.root} cannot be made: ${thrown instanceof Error ? thrown.message : String(thrown)}. openclaw doctor says more.`);
  });
  // Of two that start at once the second waits, and finds what the first has started.
  return withFileLock(join(folder.root, '.gateway.starting'), async () => {
    const running = await runningOrEnded(env);
    return running ? { ...running, already: true, output } : startNew(env, flags, output);
  });
};

/** One that is on its way out is waited for: it holds the ports and the store until then. */
const runningOrEnded = async (env: Environment): Promise<LocalGateway | undefined> => {
  const deadline = performance.now() + STOP_TAKES_MS;
  for (;;) {
    const { running } = await findGateway(env);
    if (!running?.stopping || performance.now() > deadline) return running;
    await pause(LOOK_EVERY_MS);
  }
};

const startNew = async (env: Environment, flags: RunFlags, output: string): Promise<StartedGateway> => {
  const said = await openOutput(output);
  try {
    const child = launch(env, flags, said.fd);
    const end = await settle(child, stateFolder(env).root);
    const { running } = await findGateway(env);
    if (end === 'ready' && running) return { ...running, already: false, output };
    if (end === 'late') throw new CliError(`The gateway is not ready after ${PATIENCE_MS / 1000} s. It goes on trying as process ${child.pid}; what it says is in ${output}`);
    throw new CliError(`The gateway did not start. It said:\n${await lastLines(said)}`);
  } finally {
    await said.close();
  }
};

/** What the start before this one said is kept beside, for whoever asks why it ended. */
const openOutput = async (file: string): Promise<FileHandle> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await rename(file, join(dirname(file), 'gateway.previous.out')).catch(() => {});
  return open(file, 'a+', 0o600);
};

const launch = (env: Environment, flags: RunFlags, output: number): ChildProcess => {
  const child = spawn(process.execPath, [...process.execArgv, MAIN, 'gateway', 'run', ...toArguments(flags)], {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...env },
  });
  child.unref();
  return child;
};

const toArguments = ({ port, apiPort, host }: RunFlags): readonly string[] => [
  ...(port === undefined ? [] : ['--port', String(port)]),
  ...(apiPort === undefined ? [] : ['--api-port', apiPort === null ? 'off' : String(apiPort)]),
  ...(host === undefined ? [] : ['--host', host]),
];

const settle = async (child: ChildProcess, root: string): Promise<'ready' | 'died' | 'late'> => {
  let died = false;
  for (const end of ['exit', 'error']) child.once(end, () => (died = true));
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (died) return 'died';
    const announced = await readAnnouncement(root);
    if (announced?.pid === child.pid && announced !== undefined && (await answers(announced.url, '/readyz'))) return 'ready';
    await pause(LOOK_EVERY_MS);
  }
  return 'late';
};

const lastLines = async (said: FileHandle): Promise<string> => {
  const { size } = await said.stat();
  const length = Math.min(size, 16_384);
  const { buffer } = await said.read(Buffer.alloc(length), 0, length, size - length);
  const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-SHOWN_LINES);
  return lines.map((line) => `  ${line}`).join('\n');
};
