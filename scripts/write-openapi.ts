/** Writes docs/openapi/: the document of each dialect. `--check` only compares. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dialects } from '../packages/gateway/src/app/plugins.gen.ts';
import { version } from '../packages/gateway/src/app/version.ts';
import { openApiDocuments } from '../packages/gateway/src/surfaces/kit/openapi/document.ts';

const FOLDER = join(import.meta.dirname, '../docs/openapi');

const { byDialect } = await openApiDocuments(dialects, { version: version() });
const files = new Map([...byDialect].map(([name, document]) => [`${name}.json`, `${JSON.stringify(document, null, 1)}\n`]));
const there = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith('.json')) : [];

if (process.argv.includes('--check')) {
  const stale = [...files].filter(([file, text]) => !there.includes(file) || readFileSync(join(FOLDER, file), 'utf8') !== text).map(([file]) => file);
  const wrong = [...stale, ...there.filter((file) => !files.has(file))];
  if (wrong.length > 0) {
    process.stderr.write(`docs/openapi is stale (${wrong.join(', ')}): npm run openapi\n`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(FOLDER, { recursive: true });
  for (const file of there) if (!files.has(file)) rmSync(join(FOLDER, file));
  for (const [file, text] of files) writeFileSync(join(FOLDER, file), text);
}
