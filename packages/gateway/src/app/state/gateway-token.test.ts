import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gatewayToken } from './gateway-token.ts';
import { stateFolder, type StateFolder } from './state-folder.ts';

let root: string;
let folder: StateFolder;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'token-'));
  folder = stateFolder({ OPENCLAW_STATE_DIR: join(root, 'state') });
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('gatewayToken', () => {
  test('the configuration comes first, then the environment, then the file', async () => {
    const env = { OPENCLAW_GATEWAY_TOKEN: 'from-env' };
    const { token: made } = await gatewayToken({ env: {}, folder });
    expect(await gatewayToken({ configured: 'from-config', env, folder })).toMatchObject({ token: 'from-config', source: expect.stringContaining('gateway.token') });
    expect(await gatewayToken({ env, folder })).toMatchObject({ token: 'from-env', source: expect.stringContaining('OPENCLAW_GATEWAY_TOKEN') });
    expect(await gatewayToken({ env: { OPENCLAW_AUTH_TOKEN: '' }, folder })).toMatchObject({ token: made, source: expect.stringContaining(folder.tokenFile), made: false });
  });

  test('the first start makes 32 random bytes that only the owner can read', async () => {
    const made = await gatewayToken({ env: {}, folder });
    expect(made).toMatchObject({ made: true });
    expect(Buffer.from(made.token, 'base64url')).toHaveLength(32);
    expect((await readFile(folder.tokenFile, 'utf8')).trim()).toBe(made.token);
    expect((await stat(folder.tokenFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.root)).toEqual(['gateway.token']);
  });

  test('two variables that disagree are refused by name', async () => {
    const env = { OPENCLAW_AUTH_TOKEN: 'one-token', OPENCLAW_GATEWAY_TOKEN: 'other-token' };
    await expect(gatewayToken({ env, folder })).rejects.toThrow(/OPENCLAW_AUTH_TOKEN and OPENCLAW_GATEWAY_TOKEN/);
  });

  test('a file that others can read is mended and told of', async () => {
    await gatewayToken({ env: {}, folder });
    await chmod(folder.tokenFile, 0o644);
    expect((await gatewayToken({ env: {}, folder })).warning).toContain(folder.tokenFile);
    expect((await stat(folder.tokenFile)).mode & 0o777).toBe(0o600);
    expect((await gatewayToken({ env: {}, folder })).warning).toBeUndefined();
  });

  test.each(['', '  \n', 'two lines\nof text', '\0\0\0\0\0\0\0\0\0'])('a file that holds no token (%j) is refused, not replaced', async (content) => {
    await mkdir(folder.root);
    await writeFile(folder.tokenFile, content);
    await expect(gatewayToken({ env: {}, folder })).rejects.toThrow(folder.tokenFile);
    expect(await readFile(folder.tokenFile, 'utf8')).toBe(content);
  });

  test('a folder in place of the file is refused', async () => {
    await mkdir(folder.tokenFile, { recursive: true });
    await expect(gatewayToken({ env: {}, folder })).rejects.toThrow(folder.tokenFile);
  });

  test('many at once in one process agree', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => gatewayToken({ env: {}, folder })));
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
    expect(tokens.filter(({ made }) => made)).toHaveLength(1);
  });

  test('several processes agree', async () => {
    const here = import.meta.dirname;
    const script = `
      const { gatewayToken } = await import(${JSON.stringify(join(here, 'gateway-token.ts'))});
      const { stateFolder } = await import(${JSON.stringify(join(here, 'state-folder.ts'))});
      process.stdout.write((await gatewayToken({ env: {}, folder: stateFolder(process.env) })).token);`;
    const tokens = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, OPENCLAW_STATE_DIR: folder.root } });
        const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
        return output;
      }),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toHaveLength(43);
  });
});
