import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

const PATIENCE_MS = 15_000;

/** A program on a terminal of its own (`script` of Debian's bsdutils gives it one), with fingers on its keys. */
export interface OnTerminal extends AsyncDisposable {
  /** What is on the screen so far, without colours and cursor movements. */
  screen(): string;
  /** The same with them. */
  raw(): string;
  type(keys: string): void;
  /** Waits until what came to the screen since the last wait holds `part`, and returns it. */
  until(part: string | RegExp): Promise<string>;
  readonly ended: Promise<number | null>;
}

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';
export const ENTER = '\r';
export const UP = '\u001b[A';
export const DOWN = '\u001b[B';

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

export const onTerminal = (command: readonly string[], env: Readonly<Record<string, string>>, columns = 100): OnTerminal => {
  const line = `stty cols ${columns} rows 40; exec ${command.map(quoted).join(' ')}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], { env: { TERM: 'xterm', SHELL: '/bin/sh', ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
  let out = '';
  let read = 0;
  let over = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => (over = true));
  const shown = (text: string): string => stripVTControlCharacters(text).replace(/\r/g, '');
  return {
    screen: () => shown(out),
    raw: () => out,
    type: (keys) => void child.stdin.write(keys),
    until: async (part) => {
      const patience = Date.now() + PATIENCE_MS;
      for (;;) {
        const fresh = shown(out.slice(read));
        if (typeof part === 'string' ? fresh.includes(part) : part.test(fresh)) {
          read = out.length;
          return fresh;
        }
        if (over || Date.now() > patience) throw new Error(`${String(part)} was never shown; since the last wait: ${fresh}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      if (over) return;
      // The end of the keys is a Ctrl-D; a program that does not leave at that loses its terminal.
      child.stdin.end();
      const impatient = setTimeout(() => child.kill('SIGTERM'), 1_000);
      await ended;
      clearTimeout(impatient);
    },
  };
};
