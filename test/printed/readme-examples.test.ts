/** The dialects' READMEs: their examples work, and every promise in their tables is one of the manifest, which has a test. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REQUIREMENTS } from '../requirements/manifest.ts';
import { needs } from '../support/debian.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { makeDesk } from './desk.ts';

const DIALECTS = join(import.meta.dirname, '../../packages/gateway/src/surfaces/dialects');
const examples = globSync('*/README.md', { cwd: DIALECTS }).flatMap((path) => {
  const script = /^```sh\n([^]*?)^```$/m.exec(readFileSync(join(DIALECTS, path), 'utf8'))?.[1];
  return script === undefined ? [] : [{ dialect: basename(dirname(path)), script }];
});

/** `S2:85, :99` of a table's last column, with the promise beside it. */
const cited = globSync('*/README.md', { cwd: DIALECTS }).flatMap((path) =>
  [...readFileSync(join(DIALECTS, path), 'utf8').matchAll(/^\| (?<says>.+) \| S(?<seed>\d)(?: `[^`]+`)?:(?<line>\d+)[^|]*\|$/gm)].map(({ groups = {} }) => ({ dialect: dirname(path), ...groups })),
);
const promised = new Set(Object.values(REQUIREMENTS).map(({ seed }) => seed.replace(/^00(\d)_\w+\.txt/, '$1')));

test.each(cited)('$dialect: $says', ({ seed, line }: Readonly<Record<string, string>>) => {
  expect([...promised]).toContain(`${seed}:${line}`);
});

const missing = await needs('curl', 'jq');
describe.skipIf(missing)(`an example that works${missing}`, () => {
  test('is in every README of a dialect that a document promises', () => {
    expect(examples.map(({ dialect }) => dialect).toSorted()).toEqual(['control', 'messages-v1', 'rpc', 'sessions', 'tasks-v1']);
  });

  test.each(examples)('$dialect', async ({ script }) => {
    await using gateway = await startClaudeGateway({ script: () => ({ text: 'Here it is.' }) });
    await using desk = await makeDesk();
    // `npx` would find the same wscat, a second later.
    const here = script.replaceAll('localhost:18789', new URL(gateway.url).host).replace('npx ', '');
    const { code, out } = await desk.run('bash', ['-c', here], { TOKEN: gateway.token }).ended;
    expect(code).toBe(0);
    expect(out).toContain('Here it is.');
  });
});
