/**
 * A folder in which printed programs run: a HOME of its own, and packages to import.
 *
 *   await using desk = await makeDesk();
 *   const { out } = await desk.run('node', [await desk.write('client.mjs', printed('s1-node-client.mjs'))]).ended;
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const PACKAGES = join(import.meta.dirname, '../../node_modules');
const PATIENCE_MS = 15_000;

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Program {
  readonly said: () => { readonly out: string; readonly err: string };
  /** Waits until `part` was said, `times` times. */
  until(part: string, times?: number): Promise<void>;
  type(line: string): void;
  /** Ends it where it does not end by itself. */
  stop(): Promise<Outcome>;
  readonly ended: Promise<Outcome>;
}

export interface Desk extends AsyncDisposable {
  readonly folder: string;
  /** Writes a file; resolves to its path. */
  write(name: string, text: string): Promise<string>;
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Program;
}

/** With the packages of this repository, unless others are named. */
export const makeDesk = async (packages = PACKAGES): Promise<Desk> => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-printed-'));
  await symlink(packages, join(folder, 'node_modules'));
  const programs: Program[] = [];
  return {
    folder,
    write: async (name, text) => {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    run: (command, args, env = {}) => {
      const path = `${dirname(process.execPath)}:${join(PACKAGES, '.bin')}:${process.env['PATH'] ?? ''}`;
      const program = launch(command, args, { cwd: folder, env: { PATH: path, HOME: folder, ...env } });
      programs.push(program);
      return program;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(programs.map((program) => program.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const launch = (command: string, args: readonly string[], options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }): Program => {
  const child = spawn(command, args, { ...options, stdio: 'pipe' });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
  child.stdin.on('error', () => {});
  const ended = new Promise<Outcome>((resolve) => {
    child.once('error', (error) => resolve({ code: null, out, err: `${err}${error.message}` }));
    child.once('close', (code) => resolve({ code, out, err }));
  });
  return {
    said: () => ({ out, err }),
    until: async (part, times = 1) => {
      const patience = Date.now() + PATIENCE_MS;
      while (`${out}${err}`.split(part).length <= times) {
        if (child.exitCode !== null || Date.now() > patience) throw new Error(`"${part}" was not said ${times} times; said was: ${out}${err}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    stop: async () => {
      // Asked first: what is killed leaves its own children behind.
      child.stdin.end();
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 2_000);
      return ended.finally(() => clearTimeout(impatience));
    },
    ended,
  };
};
