/** Writes the types of each client package from the document of the dialect it speaks. `--check` only compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dialects } from '../packages/gateway/src/app/plugins.gen.ts';
import { openApiDocuments } from '../packages/gateway/src/surfaces/kit/openapi/document.ts';
import { typesOfDocument } from './client-types/types-of-document.ts';

const PACKAGES = join(import.meta.dirname, '../packages');
/** Packages that are not there need none. */
const CLIENTS = [
  { dialect: 'messages-v1', folder: 'api-client' },
  { dialect: 'tasks-v1', folder: 'sdk' },
];

const { byDialect } = await openApiDocuments(dialects, { version: '' });
for (const { dialect, folder } of CLIENTS) {
  const document = byDialect.get(dialect);
  if (!document || !existsSync(join(PACKAGES, folder, 'src'))) continue;
  const file = join(PACKAGES, folder, 'src/wire.gen.ts');
  const text = typesOfDocument(document, `docs/openapi/${dialect}.json`);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`packages/${folder}/src/wire.gen.ts is stale: npm run openapi\n`);
    process.exitCode = 1;
  }
}
