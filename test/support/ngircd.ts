/** Debian's ngircd on a port of its own, and somebody who writes there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../cli/program.ts';

export interface Ngircd extends AsyncDisposable {
  readonly port: number;
  readonly password: string;
}

export const startNgircd = async ({ password, port: wanted }: { readonly password: string; readonly port?: number }): Promise<Ngircd> => {
  const folder = await mkdtemp(join(tmpdir(), 'ngircd-'));
  const port = wanted ?? (await freePort());
  const file = join(folder, 'ngircd.conf');
  await writeFile(file, `[Global]\nName = irc.test\nInfo = test\nListen = 127.0.0.1\nPorts = ${port}\nPassword = ${password}\nMotdPhrase = hello\n[Limits]\nMaxNickLength = 30\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n[Options]\nIdent = no\nDNS = no\nPAM = no\n`);
  const server = spawn('ngircd', ['-n', '-f', file], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  const ended = once(server, 'exit');
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 100 || server.exitCode !== null) {
      await stop();
      throw new Error('ngircd did not start');
    }
    await pause(50);
  }
  return { port, password, [Symbol.asyncDispose]: stop };
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

export interface Chatter extends AsyncDisposable {
  readonly heard: readonly string[];
  says(line: string): Promise<void>;
  /** The newest line that looks like this, as soon as there are so many. */
  until(pattern: RegExp, times?: number, ms?: number): Promise<string>;
}

/** Somebody with an IRC client of their own. */
export const chatter = async ({ port, password }: Ngircd, nick: string): Promise<Chatter> => {
  const heard: string[] = [];
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  createInterface(socket).on('line', (line) => {
    heard.push(line);
    if (line.startsWith('PING')) socket.write(`PONG${line.slice(4)}\r\n`);
  });
  const says = async (line: string): Promise<void> => void socket.write(`${line}\r\n`);
  const until = async (pattern: RegExp, times = 1, ms = 40_000): Promise<string> => {
    for (const end = performance.now() + ms; ; await pause(20)) {
      const found = heard.filter((line) => pattern.test(line));
      if (found.length >= times) return found.at(-1) ?? '';
      if (performance.now() > end) throw new Error(`${nick} did not hear ${String(pattern)}: ${heard.slice(-6).join('\n')}`);
    }
  };
  for (const line of [`PASS ${password}`, `NICK ${nick}`, `USER ${nick.toLowerCase()} 0 * :${nick}`]) await says(line);
  await until(/ 001 /);
  return { heard, says, until, [Symbol.asyncDispose]: async () => void socket.destroy() };
};
