import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copySources, ROOT, runNode, scratchFolder, SRC } from './copied-tree.ts';

const plugins = ['drivers/tools', 'drivers/models', 'surfaces/dialects'].flatMap((kind) =>
  readdirSync(join(ROOT, SRC, kind), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'kit' && !entry.name.startsWith('__'))
    .map(({ name }) => `${kind}/${name}`),
);

test('any plugin folder can be deleted, and nothing else need be edited', { timeout: 60_000 }, async () => {
  expect(plugins.length).toBeGreaterThan(5);
  await using scratch = await scratchFolder('delete');
  for (const plugin of plugins) {
    const copy = join(scratch.path, plugin.replaceAll('/', '-'));
    await copySources(copy);
    await rm(join(copy, plugin), { recursive: true });
    expect(await runNode([join(ROOT, 'scripts/index-plugins.ts'), copy], ROOT)).toEqual({ code: 0, output: '' });
    expect(await readFile(join(copy, 'app/plugins.gen.ts'), 'utf8')).not.toContain(`/${plugin}/`);
  }
  // All copies at once: one compiler reads the dependencies once.
  await writeFile(join(scratch.path, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*/**/*.ts'] }));
  const checked = await runNode([join(ROOT, 'node_modules/typescript-7/bin/tsc'), '-p', scratch.path], ROOT);
  expect(checked).toEqual({ code: 0, output: '' });
});
