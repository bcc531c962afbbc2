import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { backUpSqlite, countSqlite, holdSqlite, verifySqlite } from '../drivers/stores/sqlite/backup.ts';
import { type BackupReport, CliError } from '../surfaces/cli/host.ts';
import { loadConfig } from './config/load-config.ts';
import { type Environment, makeStateFolder, type StateFolder } from './state/state-folder.ts';

const MANIFEST = 'manifest.json';
const DATABASE = 'openclaw.sqlite';
/** Folders that are taken whole. */
const FOLDERS = ['workspaces', 'skills'];

interface Manifest {
  readonly madeAt: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  readonly sessions: number;
  readonly messages: number;
}

/** Copies all that cannot be made again: the database, the configuration, the token, the agents' folders, the skills. */
export const createBackup = async (env: Environment, target: string | undefined): Promise<BackupReport> => {
  const { folder, database } = await embedded(env);
  await stat(database).catch(() => {
    throw new CliError(`There is nothing to back up: ${database} does not exist`);
  });
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const final = resolve(target ?? join(folder.backups, stamp));
  await refuseExisting(final);
  // Whole or absent: the folder gets its name when everything is in it.
  const making = `${final}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true, mode: 0o700 });
  await backUpSqlite(database, join(making, DATABASE));
  const damage = verifySqlite(join(making, DATABASE));
  if (damage) throw new CliError(`The copy of the database is damaged (${damage}); the backup was not made`);
  const copied = [DATABASE];
  for (const file of [...folder.configFiles, folder.tokenFile]) {
    if (await copyIfThere(file, join(making, basename(file)))) copied.push(basename(file));
  }
  for (const name of FOLDERS) await cp(join(folder.root, name), join(making, name), { recursive: true, verbatimSymlinks: true }).catch(() => {});
  const files = await Promise.all(copied.map((name) => describe(making, name)));
  const manifest: Manifest = { madeAt: new Date().toISOString(), files, ...countSqlite(join(making, DATABASE)) };
  // Looking into the copy left these beside it; there is nothing in them.
  for (const suffix of ['-wal', '-shm']) await rm(join(making, DATABASE + suffix), { force: true });
  await writeFile(join(making, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
  await rename(making, final);
  return { folder: final, files, sessions: manifest.sessions, messages: manifest.messages };
};

/** Puts a backup in place of what is there, which is set aside. */
export const restoreBackup = async (env: Environment, source: string): Promise<BackupReport> => {
  const { folder, database } = await embedded(env);
  const from = resolve(source);
  const manifest = await readManifest(from);
  for (const file of manifest.files) {
    const found = await describe(from, file.name).catch(() => undefined);
    if (found?.sha256 !== file.sha256) throw new CliError(`${join(from, file.name)} is missing or not what was backed up; nothing was changed`);
  }
  const damage = verifySqlite(join(from, DATABASE));
  if (damage) throw new CliError(`The database in this backup is damaged (${damage}); nothing was changed`);
  await makeStateFolder(folder);
  const letGo = holdSqlite(database);
  if (!letGo) throw new CliError(`A gateway is running on ${folder.root}; stop it first`);
  try {
    const aside = join(folder.root, `before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`);
    await mkdir(aside, { mode: 0o700 });
    const names = new Set([...manifest.files.map(({ name }) => name), `${DATABASE}-wal`, `${DATABASE}-shm`]);
    for (const name of names) await rename(join(folder.root, name), join(aside, name)).catch(() => {});
    for (const { name } of manifest.files) await copyFile(join(from, name), join(folder.root, name));
    for (const name of FOLDERS) {
      if (!(await stat(join(from, name)).then(() => true, () => false))) continue;
      await rename(join(folder.root, name), join(aside, name)).catch(() => {});
      await cp(join(from, name), join(folder.root, name), { recursive: true, verbatimSymlinks: true });
    }
    return { folder: from, files: manifest.files, sessions: manifest.sessions, messages: manifest.messages, setAside: aside };
  } finally {
    letGo();
  }
};

const embedded = async (env: Environment): Promise<{ folder: StateFolder; database: string }> => {
  // A broken configuration must not keep a backup from being made or put back.
  const loaded = await loadConfig({ env }).catch(() => undefined);
  if (loaded?.settings.store.postgresUrl !== undefined) {
    throw new CliError('This gateway keeps its data in Postgres: back it up with pg_dump, and restore with pg_restore');
  }
  const { stateFolder } = await import('./state/state-folder.ts');
  const folder = loaded?.folder ?? stateFolder(env);
  return { folder, database: folder.database };
};

const refuseExisting = async (path: string): Promise<void> => {
  if (await stat(path).then(() => true, () => false)) throw new CliError(`${path} exists already; name a folder that does not`);
};

const copyIfThere = async (from: string, to: string): Promise<boolean> => {
  try {
    await copyFile(from, to);
    return true;
  } catch {
    return false;
  }
};

const describe = async (folder: string, name: string): Promise<Manifest['files'][number]> => {
  const file = join(folder, name);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { name, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
};

const readManifest = async (folder: string): Promise<Manifest> => {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) throw new CliError(`${folder} is not a backup: it has no ${MANIFEST}`);
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.files.every(({ name }) => name === basename(name) && !name.startsWith('.'))) return manifest;
  } catch {
    // Said below.
  }
  throw new CliError(`${join(folder, MANIFEST)} is damaged; nothing was changed`);
};
