import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { copySources, ROOT, runNode, scratchFolder, SRC } from './copied-tree.ts';

/** One file for each thing that must not be, and what the check must say of it. */
const SEEDS = [
  { file: 'drivers/tools/seeded/index.ts', imports: "export { Gateway } from '../../../engine/gateway.ts';", rule: /^drivers imports only/ },
  { file: 'surfaces/seeded/way-in.ts', imports: "export { openMemoryBus } from '../../drivers/buses/memory/index.ts';", rule: /^surfaces imports only/ },
  { file: 'engine/seeded/index.ts', imports: "export { planTries } from '../models/plan-tries.ts';", rule: /^capabilities meet through their index/ },
  { file: 'engine/seeded/vendor.ts', imports: "export { fastify } from 'fastify';", rule: /^the engine knows no vendor/ },
  { file: 'engine/ports/seeded.ts', imports: "export { owner } from '../access/index.ts';", rule: /^ports know only/ },
  { file: 'kernel/seeded.ts', imports: "export { z } from 'zod';", rule: /^the kernel is only node/ },
  { file: 'kernel/upwards.ts', imports: "export type { Store } from '../engine/ports/store.ts';", rule: /^kernel imports only/ },
  { file: 'drivers/models/seeded/index.ts', imports: "export { demoModel } from '../demo/index.ts';", rule: /^drivers do not know each other/ },
  { file: 'surfaces/dialects/seeded/index.ts', imports: "export { nativeDialect } from '../native/index.ts';", rule: /^dialects do not know each other/ },
  { file: 'surfaces/kit/seeded.ts', imports: "export { version } from '../../app/version.ts';", rule: /^nobody imports app/ },
  { file: 'engine/seeded/there.ts', imports: "import type { Back } from './back.ts';\nexport interface There { readonly back: Back }", rule: undefined },
  { file: 'engine/seeded/back.ts', imports: "import type { There } from './there.ts';\nexport interface Back { readonly there: There }", rule: /^no cycles/ },
  { file: 'engine/seeded/alone.ts', imports: 'export const alone = 1;', rule: /^no orphans/ },
] as const;

const Report = z.object({ summary: z.object({ violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })) }) });

test('the check of the floors sees each forbidden import, and nothing in what we have', { timeout: 60_000 }, async () => {
  await using scratch = await scratchFolder('floors');
  await copySources(join(scratch.path, SRC));
  await cp(join(ROOT, 'tsconfig.json'), join(scratch.path, 'tsconfig.json'));
  for (const { file, imports } of SEEDS) {
    const path = join(scratch.path, SRC, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${imports}\n`);
  }
  const { output } = await runNode([join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), '--config', join(ROOT, '.dependency-cruiser.cjs'), 'packages', '--output-type', 'json'], scratch.path);
  const { violations } = Report.parse(JSON.parse(output)).summary;
  for (const { file, rule } of SEEDS) {
    // A circle is told of once, at one of its files.
    if (rule === undefined) continue;
    const found = violations.filter(({ from }) => from === `${SRC}/${file}`).map(({ rule: { name } }) => name);
    expect(found, file).toContainEqual(expect.stringMatching(rule));
  }
  const seeded = new Set<string>(SEEDS.map(({ file }) => `${SRC}/${file}`));
  expect(violations.filter(({ from }) => !seeded.has(from))).toEqual([]);
});
