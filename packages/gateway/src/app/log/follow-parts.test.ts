import { appendFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followParts } from './follow-parts.ts';

test('a line that is written between the last look and the rotation is not lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parts-'));
  try {
    const [old, young] = [join(folder, 'old'), join(folder, 'young')];
    await writeFile(old, 'one\n');
    await writeFile(young, 'three\n');
    let next: string | undefined = young;
    const after = async () => {
      if (next === undefined) return undefined;
      await appendFile(old, 'two\n');
      const part = await open(next, 'r');
      next = undefined;
      return part;
    };
    const lines = followParts({ after }, await open(old, 'r'), 0);
    const seen: string[] = [];
    for await (const line of lines) if (seen.push(line) === 3) break;
    expect(seen).toEqual(['one', 'two', 'three']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
