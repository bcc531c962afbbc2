import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSecrets, HIDDEN } from '../../kernel/secrets.ts';
import { openLog, type LogOptions } from './open-log.ts';
import { openRotatingFile } from './rotating-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const written = (name = 'gateway.log') => readFile(join(folder, name), 'utf8');

const screen = (isTTY: boolean) => {
  const lines: string[] = [];
  return { isTTY, write: (line: string) => lines.push(line), lines };
};

const open = (options: Partial<LogOptions> = {}) => openLog({ folder, level: 'info', maxFileMB: 10, maxFiles: 5, secrets: createSecrets(), ...options });

describe('openLog', () => {
  test('writes JSON lines into the folder', async () => {
    const log = open();
    log.logger.info({ turn: 't1' }, 'started');
    await log.close();
    expect(JSON.parse(await written())).toMatchObject({ level: 30, turn: 't1', msg: 'started' });
    expect((await stat(join(folder, 'gateway.log'))).mode & 0o777).toBe(0o600);
  });

  test('everyday lines wait a moment, in order and with the time they were said; what matters waits for nobody', async () => {
    const terminal = screen(true);
    const log = open({ terminal, pretty: false, folder: undefined });
    const said = Date.now();
    log.log('info', 'first');
    log.log('debug', 'not wanted at this level');
    log.log('info', 'second', { port: 3000 });
    expect(terminal.lines).toEqual([]);
    while (Date.now() < said + 20);
    log.log('warn', 'third');
    const lines = terminal.lines.map((line) => JSON.parse(line) as { msg: string; time: number });
    expect(lines.map(({ msg }) => msg)).toEqual(['first', 'second', 'third']);
    expect(lines.map(({ time }) => time >= said + 20)).toEqual([false, false, true]);
    log.log('info', 'fourth');
    await expect.poll(() => terminal.lines.length).toBe(4);
    await log.close();
  });

  test('what waits is written when the log is flushed and when it is closed', async () => {
    const log = open();
    log.log('info', 'flushed');
    await log.flush();
    expect(await written()).toContain('flushed');
    log.log('info', 'closed');
    await log.close();
    expect(await written()).toContain('closed');
  });

  test('what waits reaches the file of a process that ends', async () => {
    const program = `
      import { openLog } from ${JSON.stringify(new URL('./open-log.ts', import.meta.url).href)};
      import { createSecrets } from ${JSON.stringify(new URL('../../kernel/secrets.ts', import.meta.url).href)};
      openLog({ folder: ${JSON.stringify(folder)}, level: 'info', maxFileMB: 1, maxFiles: 2, secrets: createSecrets() }).log('info', 'last words');
      process.exit(0);
    `;
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    expect(await written()).toContain('last words');
  });

  test('shows people a short line and pipes JSON', async () => {
    const [people, pipe] = [screen(true), screen(false)];
    const logs = [people, pipe, screen(true)].map((terminal, index) => open({ terminal, ...(index === 2 ? { pretty: false } : {}) }));
    for (const { logger } of logs) logger.warn({ port: 3000 }, 'port taken');
    expect(stripVTControlCharacters(people.lines.join(''))).toMatch(/^\d\d:\d\d:\d\d warn {2}port taken port=3000\n$/);
    expect(JSON.parse(pipe.lines.join(''))).toMatchObject({ msg: 'port taken', port: 3000 });
    await Promise.all(logs.map((log) => log.close()));
  });

  test('what a stranger wrote does not steer the terminal', async () => {
    const people = screen(true);
    const log = open({ terminal: people, folder: undefined });
    log.logger.info({ user: '\x1b]0;owned\x07' }, 'hi \x1b[2J\r\nfake line');
    expect(stripVTControlCharacters(people.lines.join(''))).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    expect(people.lines.join('')).not.toContain('\x1b[2J');
    await log.close();
  });

  test('never shows a secret, wherever it stands and whoever wrote it', async () => {
    const secrets = createSecrets();
    secrets.register('registered-value');
    const terminal = screen(true);
    const log = open({ secrets, terminal });
    const failure = Object.assign(new Error('call with registered-value failed'), { headers: { Authorization: 'leaked-1', 'set-cookie': ['leaked-2'] } });
    const child = log.logger.child({ channel: { botToken: 'leaked-3' } });
    child.error({ err: failure }, 'failed');
    log.logger.info({ a: { b: { c: { d: { e: { apiKey: ['leaked-4'], api_key: 'leaked-5', webhookSecret: { value: 'leaked-6' } } } } } } }, 'deep');
    log.logger.info({ req: { url: '/ws?token=leaked-7&x=1', headers: { cookie: 'leaked-8' } } }, 'GET with Bearer leaked-9-abcdef and registered-value');
    log.logger.info({ password: 'leaked-a' }, 'short');
    await log.close();
    const everything = (await written()) + terminal.lines.join('');
    expect(everything).not.toMatch(/leaked-|registered-value/);
    expect(everything).toContain(HIDDEN);
    expect(everything).toContain('x=1');
  });

  test('counts of tokens are no secrets', async () => {
    const log = open();
    log.logger.info({ usage: { inputTokens: 12, maxTokens: 5 } }, 'done');
    await log.close();
    expect(JSON.parse(await written())).toMatchObject({ usage: { inputTokens: 12, maxTokens: 5 } });
  });
});

const file = (options: object = {}) => openRotatingFile({ folder, name: 'gateway.log', maxBytes: 1000, maxFiles: 3, retryMs: 20, ...options });

describe('openRotatingFile', () => {
  test('starts a new file at its size and keeps no more than it may', async () => {
    const log = file();
    for (let index = 0; index < 100; index++) {
      log.write(`${String(index).padStart(99, '.')}\n`);
      if (index % 10 === 9) await log.flush();
    }
    await log.close();
    expect((await readdir(folder)).toSorted()).toEqual(['gateway.1.log', 'gateway.2.log', 'gateway.log']);
    expect(await written()).toContain('99\n');
    expect(await written('gateway.1.log')).toContain('89\n');
    expect((await stat(join(folder, 'gateway.log'))).size).toBeLessThanOrEqual(2000);
    expect(log.dropped()).toBe(0);
  });

  test('one file alone is emptied', async () => {
    const log = file({ maxFiles: 1, maxBytes: 10 });
    for (const line of ['first first\n', 'second\n']) {
      log.write(line);
      await log.flush();
    }
    await log.close();
    expect(await written()).toBe('second\n');
  });

  test('comes back when its folder vanished', async () => {
    const log = file();
    log.write('one\n');
    await log.flush();
    await rm(folder, { recursive: true });
    await new Promise((resume) => setTimeout(resume, 40));
    log.write('two\n');
    await log.close();
    expect(await written()).toBe('two\n');
  });

  test('follows when another program moved the file', async () => {
    const log = file();
    log.write('one\n');
    await log.flush();
    await rename(join(folder, 'gateway.log'), join(folder, 'moved'));
    await new Promise((resume) => setTimeout(resume, 40));
    log.write('two\n');
    await log.close();
    expect(await written()).toBe('two\n');
  });

  test.runIf(process.platform === 'linux')('a full disk costs lines, never the process, and the log says how many', async () => {
    const log = openRotatingFile({ folder: '/dev', name: 'full', maxBytes: 1e9, maxFiles: 2, retryMs: 1000 });
    for (let index = 0; index < 5; index++) log.write('line\n');
    await log.close();
    expect(log.dropped()).toBe(5);
  });

  test('tells of lost lines once the disk takes some again', async () => {
    const blocked = join(folder, 'logs');
    await writeFile(blocked, 'a file where the folder should be');
    const log = file({ folder: blocked });
    log.write('lost\n');
    await log.flush();
    expect(log.dropped()).toBe(1);
    await rm(blocked);
    await new Promise((resume) => setTimeout(resume, 40));
    log.write('kept\n');
    await log.close();
    expect(await readFile(join(blocked, 'gateway.log'), 'utf8')).toMatch(/"droppedLines":1.*\nkept\n$/);
  });

  test('holds a bounded amount of what the disk has not taken yet', async () => {
    const log = file({ maxBytes: 1e9 });
    const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
    for (let index = 0; index < 20; index++) log.write(line);
    expect(log.dropped()).toBe(12);
    await log.close();
  });

  test('the last lines of a process reach the file', async () => {
    const log = file();
    log.write('last words\n');
    log.flushSync();
    expect(await written()).toBe('last words\n');
    await log.close();
    expect(await written()).toBe('last words\n');
  });
});
