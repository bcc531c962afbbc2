import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Home, makeHome, run } from './program.ts';
import { ENTER, onTerminal } from './terminal.ts';

let home: Home;
const scripts: Record<string, string> = {};
beforeAll(async () => {
  home = await makeHome();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out, err } = await run(['completion', shell], home.env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    scripts[shell] = join(home.folder, '..', `completion.${shell}`);
    await writeFile(scripts[shell], out);
  }
});
afterAll(() => home[Symbol.asyncDispose]());

/** What bash would offer for a line whose last word is being typed, by the function it would call. */
const offered = (line: string): readonly string[] => {
  const words = line.split(' ');
  const program = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); $(complete -p "$1" | sed "s/.*-F \\([^ ]*\\).*/\\1/"); printf "%s\\n" "${COMPREPLY[@]}"';
  const out = execFileSync('bash', ['--norc', '-c', program, 'bash', scripts['bash'] ?? '', ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return out.split('\n').filter((word) => word !== '');
};

describe('in bash', () => {
  test.each<[string, readonly string[]]>([
    ['openclaw se', ['send', 'sessions']],
    ['claw conf', ['config']],
    ['openclaw config va', ['validate']],
    ['openclaw sessions ', ['list', 'show', 'history', 'clear', 'export', 'help']],
    ['openclaw sessions list --ki', ['--kind']],
    ['openclaw sessions list --kind ', ['main', 'isolated']],
    ['openclaw sessions export work --format j', ['json', 'jsonl']],
    ['openclaw sessions export work -f m', ['markdown']],
    ['openclaw completion ', ['bash', 'zsh', 'fish']],
    ['openclaw send --session ba', []],
    ['openclaw send --no', ['--no-memory']],
    ['openclaw backup cr', ['create']],
    ['openclaw gateway run --po', ['--port']],
  ])('%s', (line, words) => {
    expect(offered(line)).toEqual(words);
  });

  test('everything that help names is offered', async () => {
    const { out } = await run(['--help'], home.env);
    const commands = [...out.split('Commands:')[1]?.matchAll(/^ {2}([a-z-]+)/gm) ?? []].map(([, name = '']) => name);
    expect(commands.length).toBeGreaterThan(8);
    expect(offered('openclaw ')).toEqual(commands);
  });
});

const hasFish = spawnSync('fish', ['--version']).status === 0;

test.skipIf(!hasFish).each<[string, readonly string[]]>([
  ['openclaw se', ['send', 'sessions']],
  ['claw sessions list --kind ', ['isolated', 'main']],
  ['openclaw send --no', ['--no-memory']],
])(`in fish: %s${hasFish ? '' : ' (skipped: no fish here)'}`, (line, words) => {
  const out = execFileSync('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', scripts['fish'] ?? '', line], { encoding: 'utf8', env: { ...home.env, HOME: home.folder } });
  expect(out.trimEnd().split('\n').map((offer) => offer.split('\t')[0])).toEqual(words);
});

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

test.skipIf(!hasZsh)(`in zsh${hasZsh ? '' : ' (skipped: no zsh here)'}`, async () => {
  await using shell = onTerminal(['zsh', '-f', '-i'], { ...home.env, HOME: join(home.folder, '..'), PS1: 'ready> ' });
  await shell.until('ready> ');
  shell.type(`source '${scripts['zsh'] ?? ''}'${ENTER}`);
  await shell.until('ready> ');
  shell.type('openclaw se\t\t');
  await shell.until(/send +sessions/);
  shell.type(`\u0015claw sessions list --kind \t\t`);
  await shell.until(/isolated +main/);
});

test('an unknown shell is refused with those that are known', async () => {
  expect(await run(['completion', 'tcsh'], home.env)).toMatchObject({ code: 1, err: expect.stringContaining('bash, zsh, fish') });
});
