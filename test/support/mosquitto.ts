/** Debian's mosquitto on a port of its own, and its own clients to write and to listen with. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../cli/program.ts';

const run = promisify(execFile);

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  publishes(topic: string, payload: string, options?: { readonly retain?: boolean }): Promise<void>;
  /** What is published under a filter from now on, each as `topic payload`. */
  listens(filter: string): Promise<readonly string[]>;
  /** As a power cut does it. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** `claw` and `ann` have passwords; anybody may publish and listen anywhere. */
export const startMosquitto = async (password: string): Promise<Mosquitto> => {
  const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'));
  const port = await freePort();
  const [config, passwords] = [join(folder, 'mosquitto.conf'), join(folder, 'passwords')];
  await writeFile(passwords, '', { mode: 0o600 });
  for (const name of ['claw', 'ann']) await run('mosquitto_passwd', ['-b', passwords, name, password]);
  const user = process.getuid?.() === 0 ? 'user root\n' : '';
  await writeFile(config, `${user}listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}\npersistence true\npersistence_location ${folder}/\nautosave_on_changes true\nautosave_interval 1\n`);
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
  const listeners: (() => void)[] = [];
  let broker: ReturnType<typeof spawn> | undefined;
  const kill = async (): Promise<void> => {
    if (!broker || broker.exitCode !== null || broker.signalCode !== null) return;
    const ended = once(broker, 'exit');
    broker.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    broker = spawn('mosquitto', ['-c', config], { stdio: 'ignore', env });
    for (let tries = 0; !(await answers(port)); tries++) {
      if (tries > 100 || broker.exitCode !== null) throw new Error('mosquitto did not start');
      await pause(50);
    }
  };
  const as = ['-h', '127.0.0.1', '-p', String(port), '-u', 'ann', '-P', password];
  await start();
  return {
    port, kill, start,
    publishes: async (topic, payload, { retain = false } = {}) => void (await run('mosquitto_pub', [...as, '-q', '1', '-t', topic, '-m', payload, ...(retain ? ['-r'] : [])])),
    listens: async (filter) => {
      const heard: string[] = [];
      const listener = spawn('mosquitto_sub', [...as, '-q', '1', '-v', '-t', filter, '-t', 'test/ready'], { stdio: ['ignore', 'pipe', 'ignore'] });
      listeners.push(() => listener.kill());
      let ready = false;
      createInterface(listener.stdout).on('line', (line) => (line.startsWith('test/ready') ? (ready = true) : heard.push(line)));
      for (let tries = 0; !ready && tries < 50; tries++) {
        await run('mosquitto_pub', [...as, '-t', 'test/ready', '-m', 'x']);
        await pause(50);
      }
      return heard;
    },
    [Symbol.asyncDispose]: async () => {
      for (const stop of listeners) stop();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
