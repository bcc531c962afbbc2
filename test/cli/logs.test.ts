import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRotatingFile } from '../../packages/gateway/src/app/log/rotating-file.ts';
import { type Home, makeHome, run, runGateway, start } from './program.ts';

const entry = (msg: string, level = 30): string => `${JSON.stringify({ level, time: Date.UTC(2026, 0, 2, 3, 4, 5), pid: 1, msg })}\n`;

const makeLogged = async (parts: Readonly<Record<string, string>>): Promise<Home> => {
  const home = await makeHome({ TZ: 'UTC' });
  await mkdir(join(home.folder, 'logs'), { recursive: true });
  for (const [name, text] of Object.entries(parts)) await writeFile(join(home.folder, 'logs', name), text);
  return home;
};

const messages = (out: string): readonly string[] => out.trimEnd().split('\n').map((line) => line.slice(15));

const numbered = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, index) => entry(`line ${from + index}`)).join('');

describe('logs', () => {
  test('shows the last 50 lines, the way a terminal shows them', async () => {
    await using home = await makeLogged({ 'gateway.log': numbered(1, 60) });
    const { code, out } = await run(['logs'], home.env);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('03:04:05 info  line 11');
    expect(messages(out)).toEqual(Array.from({ length: 50 }, (_, index) => `line ${index + 11}`));
    expect(messages((await run(['logs', '-n', '2'], home.env)).out)).toEqual(['line 59', 'line 60']);
    expect((await run(['logs', '-n', '0'], home.env)).out).toBe('');
  });

  test('goes back into the parts before', async () => {
    await using home = await makeLogged({ 'gateway.log': numbered(5, 6), 'gateway.1.log': numbered(3, 4), 'gateway.2.log': numbered(1, 2) });
    expect(messages((await run(['logs', '-n', '5'], home.env)).out)).toEqual(['line 2', 'line 3', 'line 4', 'line 5', 'line 6']);
  });

  test('--level leaves out what is less grave, before it counts', async () => {
    await using home = await makeLogged({ 'gateway.log': [entry('bad', 50), entry('odd', 40), numbered(1, 80)].join('') });
    expect(messages((await run(['logs', '--level', 'warn'], home.env)).out)).toEqual(['bad', 'odd']);
    expect(messages((await run(['logs', '--level', 'error'], home.env)).out)).toEqual(['bad']);
    expect(await run(['logs', '--level', 'loud'], home.env)).toMatchObject({ code: 1, err: expect.stringContaining('warn') });
  });

  test('--json prints the lines as they are', async () => {
    await using home = await makeLogged({ 'gateway.log': entry('Grüße \u001b[2J') });
    expect((await run(['logs', '--json'], home.env)).out).toBe(entry('Grüße \u001b[2J'));
    expect((await run(['logs'], home.env)).out).not.toContain('\u001b');
  });

  test('reads letters that lie across the pieces it reads', async () => {
    const text = 'ä'.repeat(70_000);
    await using home = await makeLogged({ 'gateway.log': entry(`a${text}`) + entry(text) });
    expect((await run(['logs', '--json'], home.env)).out).toBe(entry(`a${text}`) + entry(text));
  });

  test('says where the log would be, where there is none', async () => {
    await using home = await makeHome();
    expect(await run(['logs'], home.env)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/no log yet: .*gateway\.log.*openclaw gateway start/) });
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), '{ logging: { file: false } }');
    expect(await run(['logs'], home.env)).toMatchObject({ code: 1, err: expect.stringContaining('openclaw config set logging.file true') });
    expect(await run(['logs'], { ...home.env, OPENCLAW_URL: 'https://gateway.example.com' })).toMatchObject({ code: 1, err: expect.stringMatching(/gateway\.example\.com.*Run openclaw logs there/) });
  });

  test('is there to mend a broken configuration with', async () => {
    await using home = await makeLogged({ 'gateway.log': entry('why') });
    await writeFile(join(home.folder, 'openclaw.json'), '{ broken');
    expect(messages((await run(['logs'], home.env)).out)).toEqual(['why']);
  });

  test('finds the log where the configuration puts it', async () => {
    await using home = await makeLogged({ 'gateway.log': entry('not this') });
    await writeFile(join(home.folder, 'openclaw.json'), '{ logging: { file: "elsewhere/my.log" } }');
    await mkdir(join(home.folder, 'elsewhere'));
    await writeFile(join(home.folder, 'elsewhere', 'my.log'), entry('this'));
    expect(messages((await run(['logs'], home.env)).out)).toEqual(['this']);
  });
});

describe('logs --follow', () => {
  test('shows what a gateway goes on to write', async () => {
    await using home = await makeHome();
    await using gateway = await runGateway(home);
    const following = start(['logs', '--follow', '-n', '1'], home.env);
    try {
      await following.until('ready');
      await fetch(`${gateway.url}/nowhere`);
      await following.until('path=/nowhere');
    } finally {
      following.child.kill('SIGTERM');
      await following.ended;
    }
  });

  test('misses nothing and repeats nothing while the log rotates, several times between two looks', async () => {
    await using home = await makeLogged({ 'gateway.log': entry('before') });
    const log = openRotatingFile({ folder: join(home.folder, 'logs'), name: 'gateway.log', maxBytes: 400, maxFiles: 10 });
    const following = start(['logs', '--follow'], home.env);
    try {
      await following.until('before');
      for (let index = 1; index <= 120; index++) {
        log.write(entry(`line ${index}`));
        if (index % 4 === 0) await log.flush();
      }
      await log.close();
      await following.until('line 120\n');
    } finally {
      following.child.kill('SIGTERM');
      await following.ended;
    }
    expect(messages(following.said().out)).toEqual(['before', ...Array.from({ length: 120 }, (_, index) => `line ${index + 1}`)]);
  });

  test('shows a line once it is whole, and goes on when the one file is emptied', async () => {
    await using home = await makeLogged({ 'gateway.log': numbered(1, 3) });
    const file = join(home.folder, 'logs', 'gateway.log');
    const following = start(['logs', '--follow', '--level', 'info'], home.env);
    try {
      await following.until('line 3');
      const [half, rest] = [entry('in two').slice(0, 20), entry('in two').slice(20)];
      await appendFile(file, half);
      await new Promise((resolve) => setTimeout(resolve, 450));
      expect(following.said().out).not.toContain('in two');
      await appendFile(file, rest);
      await following.until('in two\n');
      await writeFile(file, '');
      await new Promise((resolve) => setTimeout(resolve, 450));
      await appendFile(file, entry('after'));
      await following.until('after\n');
      await rename(file, `${file}.moved`);
      await writeFile(file, entry('anew'));
      await following.until('anew\n');
    } finally {
      following.child.kill('SIGTERM');
      await following.ended;
    }
  });
});
