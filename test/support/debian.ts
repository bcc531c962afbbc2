/**
 * Programs of Debian that some tests run. Where they are missing and may be installed, they are.
 *
 *   const missing = await needs('nginx');
 *   describe.skipIf(missing)(`behind nginx${missing}`, …)    // the reason stands in the name
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MARKS = join(import.meta.dirname, '../../.cache/debian');
const LIMIT_MS = 5 * 60_000;

/** Under `flock`, so that test files side by side wait for each other. What failed is not tried again for ten minutes, which is once a run. */
const INSTALL = `
lately() { [ -n "$(find "$1" -mmin -10 2>/dev/null)" ]; }
installed() { [ "$(dpkg-query -W -f '\${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
export DEBIAN_FRONTEND=noninteractive
for package in "$@"; do
  installed "$package" && continue
  lately "$MARKS/$package" && continue
  touch "$MARKS/$package"
  lately "$MARKS/updated" || { touch "$MARKS/updated"; apt-get update; }
  apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$package"
done >&2
for package in "$@"; do installed "$package" || echo "$package"; done
`;

const missingOf = async (packages: readonly string[]): Promise<readonly string[]> => {
  const wanted = async (name: string): Promise<readonly string[]> => {
    const known = await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).catch(() => undefined);
    return known?.stdout === 'installed' ? [] : [name];
  };
  const missing = (await Promise.all(packages.map(wanted))).flat();
  if (missing.length === 0 || process.getuid?.() !== 0) return missing;
  await mkdir(MARKS, { recursive: true });
  const tried = await run('flock', [join(MARKS, 'lock'), 'sh', '-c', INSTALL, 'install', ...missing], { env: { ...process.env, MARKS }, timeout: LIMIT_MS }).catch(() => undefined);
  return tried === undefined ? missing : tried.stdout.split('\n').filter((name) => name !== '');
};

/** Empty where all of these packages are there or could be installed; else why the tests that need them are skipped, for their name. */
export const needs = async (...packages: readonly string[]): Promise<string> => {
  const missing = await missingOf(packages);
  if (missing.length === 0) return '';
  return ` (skipped: needs Debian's ${missing.join(', ')}, ${process.getuid?.() === 0 ? 'which apt-get could not install' : 'which only root can install'})`;
};

/** The Python that finds Debian's modules: the first in PATH may be another. */
export const pythonWith = async (...modules: readonly string[]): Promise<string> => {
  for (const python of ['python3', '/usr/bin/python3']) {
    const found = await run(python, ['-c', `import ${modules.join(', ')}`]).catch(() => undefined);
    if (found) return python;
  }
  throw new Error(`no python3 here can import ${modules.join(', ')}`);
};
