import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { knownKeys, listKeys } from './keys/known-keys.ts';
import { loadConfig } from './load-config.ts';
import { ConfigSchema } from './schema.ts';

const guide = await readFile(join(import.meta.dirname, '../../../../../docs/guide/configuration.md'), 'utf8');
/** An agent may hold every key of the defaults, an account every key of its channel, and `outbound` every key of `outgoing`; the guide says so once. */
const inherited = /^(?:agents\.(?:list\[\]|entries\.<name>)\.(?!id$)|channels\.<name>\.accounts\.<name>\.|webhooks\.outbound\[\]\.)/;
const keys = listKeys(knownKeys(ConfigSchema));

test.each(keys.filter((key) => !inherited.test(key)))('the guide explains %s', (key) => {
  expect(guide).toContain(`\n| \`${key}\` |`);
});

test('an agent has the keys of the defaults, as the guide says', () => {
  const below = (place: string): readonly string[] => keys.filter((key) => key.startsWith(place)).map((key) => key.slice(place.length)).filter((key) => key !== 'id');
  expect(below('agents.list[].')).toEqual(below('agents.defaults.'));
  expect(below('agents.entries.<name>.')).toEqual(below('agents.defaults.'));
});

test('an account has the keys of its channel, as the guide says', () => {
  const below = (place: string): readonly string[] => keys.filter((key) => key.startsWith(place)).map((key) => key.slice(place.length)).filter((key) => !key.startsWith('accounts'));
  expect(below('channels.<name>.accounts.<name>.')).toEqual(below('channels.<name>.'));
});

test('the guide explains no key that is not there', () => {
  const explained = [...guide.matchAll(/^\| `([a-z]+(?:[.[][^`]*)?)` \|/gm)].map(([, key]) => key);
  expect(explained.filter((key) => !keys.includes(key ?? ''))).toEqual([]);
});

const read = async (path: string): Promise<unknown> => {
  const root = await mkdtemp(join(tmpdir(), 'guide-'));
  await writeFile(join(root, path), [...guide.matchAll(/```(json5|yaml)\n([^]*?)```/g)].find(([, language]) => path.endsWith(language === 'yaml' ? 'yml' : 'json'))?.[2] ?? '');
  const env = { OPENCLAW_STATE_DIR: root, HOME: root, OPENCLAW_AUTH_TOKEN: 'token-1', ANTHROPIC_API_KEY: 'key' };
  return loadConfig({ env }).finally(() => rm(root, { recursive: true }));
};

test.each([
  ['openclaw.json', { gateway: { token: 'token-1' }, models: { default: 'anthropic/claude-sonnet-4-5' }, agents: { research: { timeoutSeconds: 1200 } }, limits: { maxCostPerTurnUSD: 2 } }],
  ['openclaw.yml', { gateway: { port: 3000 }, api: { port: null } }],
])('the example %s works and no key of it is unknown', async (name, settings) => {
  expect(await read(name)).toMatchObject({ reports: [], settings });
});

test.each([['18789', '`gateway.port`'], ['3000', '`api.port`'], ['25', '`limits.maxStepsPerTurn`'], ['600', '`limits.turnTimeoutSeconds`']])(
  'the default %s stands beside %s',
  (value, key) => {
    expect(guide).toContain(`| ${key} | \`${value}\` |`);
  },
);
