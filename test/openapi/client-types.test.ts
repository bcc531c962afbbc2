import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dialects } from '../../packages/gateway/src/app/plugins.gen.ts';
import { openApiDocuments } from '../../packages/gateway/src/surfaces/kit/openapi/document.ts';
import { typesOfDocument } from '../../scripts/client-types/types-of-document.ts';
import { ROOT, runNode } from '../architecture/copied-tree.ts';

const { byDialect } = await openApiDocuments(dialects, { version: '0' });

/** What the compiler says of the types of a dialect with this code after them. */
const compiled = async (dialect: string, code: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-types-'));
  try {
    const document = byDialect.get(dialect) ?? expect.fail(`no ${dialect}`);
    await writeFile(join(folder, 'types.ts'), `${typesOfDocument(document, 'the test')}\n${code}\n`);
    return (await runNode([join(ROOT, 'node_modules/typescript-7/bin/tsc'), '--strict', '--exactOptionalPropertyTypes', '--noEmit', '--types', '', join(folder, 'types.ts')], folder)).output;
  } finally {
    await rm(folder, { recursive: true });
  }
};

test.each([...byDialect.keys()])('the types of %s compile', async (dialect) => {
  expect(await compiled(dialect, '')).toBe('');
});

test('they hold a client to the wire', { timeout: 30_000 }, async () => {
  expect(await compiled('messages-v1', `
    export const sent: MessageRequest = { message: 'Hi', workspace: 'team', context: { timezone: 'UTC' } };
    export const query: ListSessionsQuery = { limit: 5 };
    export const told = (event: StreamEvent | StreamDone): string | number => (event.type === 'token' ? event.content : event.type === 'done' ? event.tokensUsed : event.type);
    export const failed = ({ error }: Failure): boolean => error.code === 'rate_limited' && error.retry_after !== undefined;
  `)).toBe('');
  expect(await compiled('messages-v1', "export const sent: MessageRequest = { workspace: 'team' };")).toContain("'message' is missing");
  expect(await compiled('messages-v1', 'export const failed = ({ error }: Failure): boolean => error.code === "rate_limitted";')).toContain('no overlap');
});
