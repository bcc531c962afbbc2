/** Builds a published client into its `dist`: ES modules and CommonJS, each with its types, and with what both clients are made of inside.
 *  `npm pack` in its folder calls this. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const PACKAGES = join(ROOT, 'packages');
const TSC = join(ROOT, 'node_modules/typescript-7/bin/tsc');

const FORMATS = [
  { name: 'esm', type: 'module', options: { module: 'nodenext', moduleResolution: 'nodenext' } },
  // How the sources are written is how they are checked; here they are only put into other words.
  { name: 'cjs', type: 'commonjs', options: { module: 'commonjs', moduleResolution: 'bundler', verbatimModuleSyntax: false } },
] as const;

const [client = ''] = process.argv.slice(2);
const folder = join(PACKAGES, client);
const scratch = mkdtempSync(join(tmpdir(), 'openclaw-build-'));

/** The compiler leaves `.ts` in the imports of declarations; what is there is the `.js`. */
const nameWhatIsThere = (dist: string): void => {
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    const path = join(dist, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/(from |import\()(['"])(\.[^'"]+)\.ts\2/g, '$1$2$3.js$2'));
  }
};

const build = ({ name, type, options }: (typeof FORMATS)[number]): void => {
  const dist = join(folder, 'dist', name);
  const config = join(scratch, `${name}.json`);
  const emit = { noEmit: false, outDir: dist, rootDir: PACKAGES, declaration: true, rewriteRelativeImportExtensions: true, target: 'es2022', typeRoots: [join(ROOT, 'node_modules/@types')] };
  writeFileSync(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions: { ...emit, ...options }, include: [join(folder, 'src')] }));
  const { status, stdout } = spawnSync(process.execPath, [TSC, '-p', config], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${client} does not build as ${name}:\n${stdout}`);
  nameWhatIsThere(dist);
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ type })}\n`);
};

try {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  for (const format of FORMATS) build(format);
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
