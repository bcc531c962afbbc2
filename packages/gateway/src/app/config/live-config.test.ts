import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConfigError } from './config-error.ts';
import { openLiveConfig, type ConfigChange, type LiveConfig } from './live-config.ts';

let root: string;
let file: string;
let live: LiveConfig | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'live-'));
  file = join(root, 'openclaw.json');
});
afterEach(async () => {
  live?.close();
  await rm(root, { recursive: true, force: true });
});

const open = async (env: Record<string, string> = {}) => {
  const lines: string[] = [];
  const secrets: string[] = [];
  const note = (level: string) => (fields: object, message: string) => lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const opened = await openLiveConfig({
    env: { HOME: '/home/ann', OPENCLAW_STATE_DIR: root, ...env },
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    secrets: { register: (value) => secrets.push(value) },
    debounceMs: 20,
  });
  live = opened;
  const changes: ConfigChange[] = [];
  opened.onChange((change) => changes.push(change));
  return { live: opened, lines, changes, secrets };
};

describe('at the start', () => {
  test('a file that is no good is refused and stays as it is', async () => {
    await writeFile(file, '{ gateway: { port: "many" } }');
    await expect(open()).rejects.toThrow(ConfigError);
    expect(await readFile(file, 'utf8')).toBe('{ gateway: { port: "many" } }');
  });

  test('unknown keys are told of, secrets are made known first', async () => {
    await writeFile(file, '{ gateway: { token: "secret-token", prot: 1 }, plugins: {} }');
    const { lines, secrets } = await open();
    expect(lines.map((line) => line.slice(0, 40))).toEqual([expect.stringContaining('warn gateway.prot is not known'), expect.stringContaining('info plugins is not used yet')]);
    expect(secrets).toEqual(['secret-token']);
  });

  test('a copy of what worked is kept, with its variables as they were written', async () => {
    await writeFile(file, '{ gateway: { token: "${T}" } } // mine');
    await open({ T: 'secret-token' });
    expect(await readFile(join(root, 'config.last-good'), 'utf8')).toBe('{ gateway: { token: "${T}" } } // mine');
    expect((await stat(join(root, 'config.last-good'))).mode & 0o777).toBe(0o600);
  });
});

describe('while running', () => {
  test('follows an edit in place', async () => {
    await writeFile(file, '{ limits: { maxStepsPerTurn: 5 } }');
    const { live: config, changes } = await open();
    await writeFile(file, '{ limits: { maxStepsPerTurn: 6 } }');
    await vi.waitFor(() => expect(config.current().limits.maxStepsPerTurn).toBe(6), 3000);
    expect(changes).toMatchObject([{ previous: { limits: { maxStepsPerTurn: 5 } }, settings: { limits: { maxStepsPerTurn: 6 } }, needsRestart: [] }]);
  });

  test('follows an editor that replaces the file, time and again', async () => {
    await writeFile(file, '{}');
    const { live: config } = await open();
    for (const steps of [7, 8]) {
      await writeFile(join(root, 'draft'), `{ limits: { maxStepsPerTurn: ${steps} } }`);
      await rename(join(root, 'draft'), file);
      await vi.waitFor(() => expect(config.current().limits.maxStepsPerTurn).toBe(steps), 3000);
    }
  });

  test('notices the first file that is made', async () => {
    const { live: config } = await open();
    await writeFile(join(root, 'openclaw.yml'), 'limits:\n  maxStepsPerTurn: 9\n');
    await vi.waitFor(() => expect(config.current().limits.maxStepsPerTurn).toBe(9), 3000);
  });

  test.each([
    ['a slip', '{ limits: { maxStepsPerTurn: 0 } }', 'limits.maxStepsPerTurn'],
    ['half a file', '{ limits: {', 'openclaw.json:1'],
    ['a variable that is not set', '{ gateway: { token: "${NOT_SET}" } }', 'NOT_SET'],
  ])('%s is told of and the old configuration stays', async (_, text, message) => {
    await writeFile(file, '{ limits: { maxStepsPerTurn: 5 } }');
    const { live: config, lines, changes } = await open();
    const before = config.current();
    await writeFile(file, text);
    expect(await config.reload()).toBe(false);
    expect(config.current()).toBe(before);
    expect(lines.join('\n')).toMatch(/^error .*old one stays in force/);
    expect(lines.join('\n')).toContain(message);
    expect(lines.join('\n')).toContain('diff ');
    expect(changes).toEqual([]);
    expect(await readFile(join(root, 'config.last-good'), 'utf8')).toBe('{ limits: { maxStepsPerTurn: 5 } }');
  });

  test('a file that is gone does not bring the defaults back', async () => {
    await writeFile(file, '{ gateway: { token: "secret-token" } }');
    const { live: config, lines } = await open();
    await rm(file);
    expect(await config.reload()).toBe(false);
    expect(config.current().gateway.token).toBe('secret-token');
    expect(lines.join('\n')).toContain('is gone');
  });

  test('neither does a file that is empty while an editor saves it', async () => {
    await writeFile(file, '{ gateway: { token: "secret-token" } }');
    const { live: config, lines } = await open();
    await writeFile(file, '\n');
    expect(await config.reload()).toBe(false);
    expect(config.current().gateway.token).toBe('secret-token');
    expect(lines.join('\n')).toContain('is empty');
    await writeFile(file, '{}');
    expect(await config.reload()).toBe(true);
    expect(config.current().gateway.token).toBeUndefined();
  });

  test('a second file beside it is told of', async () => {
    await writeFile(file, '{}');
    const { live: config, lines } = await open();
    await writeFile(join(root, 'openclaw.yml'), '');
    expect(await config.reload()).toBe(false);
    expect(lines.join('\n')).toContain('is there as well');
  });

  test('says what needs a restart', async () => {
    await writeFile(file, '{}');
    const { live: config, lines, changes } = await open();
    await writeFile(file, '{ gateway: { port: 4000 }, store: { url: "postgres://h/d" }, api: { port: null } }');
    expect(await config.reload()).toBe(true);
    expect(changes[0]?.needsRestart).toEqual(['gateway.port', 'api.port', 'store.url']);
    expect(lines.join('\n')).toContain('needs a restart');
  });

  test('a listener that fails does not keep the others from hearing', async () => {
    await writeFile(file, '{}');
    const { live: config, lines } = await open();
    const heard = vi.fn();
    config.onChange(() => {
      throw new Error('broken');
    });
    const leave = config.onChange(heard);
    await writeFile(file, '{ limits: { maxStepsPerTurn: 6 } }');
    expect(await config.reload()).toBe(true);
    expect(heard).toHaveBeenCalledOnce();
    expect(lines.join('\n')).toContain('could not take up');
    leave();
    await writeFile(file, '{ limits: { maxStepsPerTurn: 7 } }');
    await config.reload();
    expect(heard).toHaveBeenCalledOnce();
  });

  test('a rewrite that says the same is no change', async () => {
    await writeFile(file, '{}');
    const { live: config, changes } = await open();
    expect(await config.reload()).toBe(true);
    expect(changes).toEqual([]);
  });

  test('closed, it follows no longer', async () => {
    await writeFile(file, '{}');
    const { live: config } = await open();
    config.close();
    await writeFile(file, '{ limits: { maxStepsPerTurn: 6 } }');
    await new Promise((resume) => setTimeout(resume, 100));
    expect(config.current().limits.maxStepsPerTurn).toBe(25);
  });
});
