// Makes one small set of files out of the gateway's several hundred and those it depends on: finding and reading that many is most of what a
// start takes. The launcher runs it when the sources have changed: `node bin/build.mjs <source> <folder>`.
import { randomUUID } from 'node:crypto';
import { realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const [given, folder] = process.argv.slice(2);
const source = realpathSync(given);

/** Modules that are there for others than most, and that look for files beside themselves. */
const LEFT_WHERE_THEY_ARE = ['pg', 'pg-boss'];

const nameOf = (file) => basename(file, '.ts');

/** What a module finds beside itself: a module becomes a file of the build with its own name, anything else is found where it was. */
const besides = {
  name: 'besides',
  transform: {
    filter: { id: /\.ts$/, code: 'import.meta.url' },
    handler(code, id) {
      return code.replace(/new URL\('(\.[^']+)', import\.meta\.url\)/g, (_, place) => {
        const file = resolve(dirname(id), place);
        if (!file.endsWith('.ts')) return `new URL(${JSON.stringify(pathToFileURL(file).href)})`;
        if (file !== source) this.emitFile({ type: 'chunk', id: file, fileName: `${nameOf(file)}.mjs` });
        return `new URL('./${nameOf(file)}.mjs', import.meta.url)`;
      });
    },
  },
};

/** A stack names our sources. What others wrote it names where it lies in the build: to read the maps of all that costs a start too much. */
const unmapped = { name: 'unmapped', transform: { filter: { id: /node_modules/ }, handler: (code) => ({ code, map: { mappings: '' } }) } };

// Seen only when it is whole.
const unfinished = `${folder}.${randomUUID()}`;
try {
  const bundle = await rolldown({ input: { [nameOf(source)]: source }, platform: 'node', external: LEFT_WHERE_THEY_ARE, plugins: [besides, unmapped], logLevel: 'silent' });
  await bundle.write({ dir: unfinished, sourcemap: true, sourcemapExcludeSources: true, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
  renameSync(unfinished, folder);
} finally {
  rmSync(unfinished, { recursive: true, force: true });
}
