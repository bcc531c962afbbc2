import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serviceFile, type ServiceFacts } from '../../packages/gateway/src/app/cli-host/service-file.ts';
import { makeHome, run } from './program.ts';

const ROOT = join(import.meta.dirname, '../..');
const onLinux = process.platform === 'linux';
const hasVerify = onLinux && spawnSync('systemd-analyze', ['--version']).status === 0;

const ODD = '/home/A & B/100% "mine" \\ $HOME/<x>';
const facts = (more: Partial<ServiceFacts>): ServiceFacts => ({
  platform: 'linux',
  home: '/home/me',
  command: ['/opt/node 24/bin/node', `${ODD}/bin/openclaw`, 'gateway', 'run'],
  environment: { OPENCLAW_STATE_DIR: `${ODD}/state` },
  output: '/home/me/.openclaw/logs/gateway.out',
  ...more,
});

describe('a systemd unit', () => {
  test('quotes what systemd would read as its own', () => {
    const { file, text } = serviceFile(facts({}));
    expect(file).toBe('/home/me/.config/systemd/user/openclaw.service');
    expect(text).toContain(String.raw`ExecStart="/opt/node 24/bin/node" "/home/A & B/100%% \"mine\" \\ $$HOME/<x>/bin/openclaw" "gateway" "run"` + '\n');
    expect(text).toContain(String.raw`Environment="OPENCLAW_STATE_DIR=/home/A & B/100%% \"mine\" \\ $HOME/<x>/state"` + '\n');
    expect(text).toMatch(/Restart=on-failure\n[^]*WantedBy=default\.target\n$/);
    expect(serviceFile(facts({ configHome: '/conf' })).file).toBe('/conf/systemd/user/openclaw.service');
  });

  test.skipIf(!hasVerify)('is one that systemd itself accepts', async () => {
    await using home = await makeHome();
    const folder = join(dirname(home.folder), 'a b%c');
    await mkdir(folder);
    await symlink(process.execPath, join(folder, 'node'));
    const unit = join(folder, 'openclaw.service');
    const { text } = serviceFile(facts({ command: [join(folder, 'node'), `${ODD}/bin/openclaw`, 'gateway', 'run'] }));
    await writeFile(unit, text);
    const { stdout, stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    expect({ status, said: `${stdout}${stderr}`.split('\n').filter((line) => line.includes('openclaw.service')) }).toEqual({ status: 0, said: [] });
  });
});

describe('a launch agent', () => {
  test('is XML that says the same', () => {
    const { file, text, enable } = serviceFile(facts({ platform: 'darwin' }));
    expect(file).toBe('/home/me/Library/LaunchAgents/ai.openclaw.gateway.plist');
    expect(text).toContain(String.raw`<string>/home/A &amp; B/100% "mine" \ $HOME/&lt;x&gt;/bin/openclaw</string>`);
    expect(text).toMatch(/<key>OPENCLAW_STATE_DIR<\/key>\n +<string>\/home\/A &amp; B/);
    expect(text.match(/<(dict|array|plist)\b/g)?.length).toBe(text.match(/<\/(dict|array|plist)>/g)?.length);
    expect(enable).toEqual([`launchctl bootstrap gui/$(id -u) '${file}'`]);
  });
});

test('other systems are told what to do instead', () => {
  expect(() => serviceFile(facts({ platform: 'win32' }))).toThrow(/no service file for this system \(win32\).*openclaw gateway run/);
  expect(() => serviceFile(facts({ environment: { OPENCLAW_STATE_DIR: '/a\nExecStart=/bin/evil' } }))).toThrow(/control characters/);
});

describe.runIf(onLinux)('gateway install', () => {
  test('writes the unit for this checkout and state directory, and uninstall takes it away', async () => {
    await using home = await makeHome();
    const { code, out } = await run(['gateway', 'install'], home.env);
    expect(code).toBe(0);
    const file = join(home.env['HOME'] ?? '', '.config/systemd/user/openclaw.service');
    expect(out).toContain(file);
    expect(out).toMatch(/systemctl --user daemon-reload\n +systemctl --user enable --now openclaw\.service\n/);
    const text = await readFile(file, 'utf8');
    expect(text).toContain(`ExecStart="${process.execPath}" "${join(ROOT, 'bin/openclaw')}" "gateway" "run"\n`);
    expect(text).toContain(`Environment="OPENCLAW_STATE_DIR=${home.folder}"\n`);
    const wants = join(dirname(file), 'default.target.wants');
    await mkdir(wants);
    await symlink(file, join(wants, 'openclaw.service'));
    expect(await run(['gateway', 'uninstall'], home.env)).toMatchObject({ code: 0, out: expect.stringMatching(/Removed: .*\n[^]*systemctl --user stop openclaw\.service/) });
    await expect(readFile(file)).rejects.toThrow();
    expect(await readdir(wants)).toEqual([]);
    expect(await run(['gateway', 'uninstall'], home.env)).toMatchObject({ code: 0, out: expect.stringContaining('Nothing is installed') });
  });

  test('--print writes nothing, and prints the file alone', async () => {
    await using home = await makeHome();
    const config = join(home.env['HOME'] ?? '', 'conf');
    const { out, err } = await run(['gateway', 'install', '--print'], { ...home.env, XDG_CONFIG_HOME: config });
    expect(out).toMatch(/^\[Unit\]\n[^]*WantedBy=default\.target\n$/);
    expect(err).toContain(join(config, 'systemd/user/openclaw.service'));
    await expect(readdir(config)).rejects.toThrow();
  });

  test('carries no state directory where none was chosen', async () => {
    await using home = await makeHome();
    const { OPENCLAW_STATE_DIR: _, ...env } = home.env;
    expect((await run(['gateway', 'install', '--print'], env)).out).not.toContain('Environment=');
  });
});
