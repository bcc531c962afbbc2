import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { uncheckedCertificates } from '../unchecked-certificates.ts';
import { looseMode } from './private-path.ts';
import { type Check, error, type Noted, ok, type Scene, shellWord, warn } from './scene.ts';

const OLDEST_NODE = 24;
const LEAST_FREE_MB = 200;

export const checkNode: Check = async () => {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= OLDEST_NODE) return [ok('Node', `version ${process.versions.node}`)];
  return [error('Node', `version ${process.versions.node} is too old`, `install Node ${OLDEST_NODE} or newer, or start with bin/openclaw, which brings one`)];
};

export const checkCertificates: Check = async ({ env }) => {
  const unchecked = uncheckedCertificates(env);
  return [unchecked ? warn('Certificates', unchecked.message, unchecked.mend) : ok('Certificates', 'are checked')];
};

export const checkState: Check = async ({ folder: { root } }) => {
  const found = await stat(root).catch((thrown: NodeJS.ErrnoException) => thrown);
  if (found instanceof Error) return [found.code === 'ENOENT' ? ok('State', `${root} is not there yet; the first start makes it`) : unusable(root, found.message)];
  if (!found.isDirectory()) return [error('State', `${root} is not a folder`, 'move it away, or set OPENCLAW_STATE_DIR to another place')];
  const [loose, writable] = await Promise.all([looseMode('State', root, 'the token and every conversation'), isWritable(root)]);
  const locked = writable ? [] : [unusable(root, 'this user may not write there')];
  const findings = [...(loose ? [loose] : []), ...locked];
  return findings.length > 0 ? findings : [ok('State', root)];
};

const unusable = (root: string, why: string): Noted => error('State', `${root} cannot be used: ${why}`, 'give it to the user the gateway runs as (chown), or set OPENCLAW_STATE_DIR to another place');

const isWritable = (path: string): Promise<boolean> => access(path, constants.W_OK | constants.X_OK).then(() => true, () => false);

export const checkDisk: Check = async ({ folder: { root } }) => {
  const { bavail, bsize } = await statfs(await nearestThere(root));
  const freeMB = Math.floor((bavail * bsize) / 1_048_576);
  const free = freeMB < 10_240 ? `${freeMB} MB free` : `${Math.floor(freeMB / 1024)} GB free`;
  if (freeMB >= LEAST_FREE_MB) return [ok('Disk', free)];
  return [warn('Disk', `only ${free} where ${root} lies; a full disk stops the gateway from accepting messages`, `make room: backups/ and logs/ in ${root} are the first to look at`)];
};

const nearestThere = async (path: string): Promise<string> => {
  const there = await stat(path).then(() => true, () => false);
  return there || dirname(path) === path ? path : nearestThere(dirname(path));
};

export const checkLogs: Check = async ({ folder, loaded }: Scene) => {
  const { file } = loaded?.settings.logging ?? { file: { folder: folder.logs, name: 'gateway.log' } };
  if (file === undefined) return [ok('Logs', 'none are kept (logging.file is false)')];
  const found = await stat(file.folder).catch(() => undefined);
  if (found === undefined) return [ok('Logs', `${file.folder} is not there yet; the first start makes it`)];
  const mend = `move it away (mv ${shellWord(file.folder)} ${shellWord(`${file.folder}.old`)}), or set logging.file to another place`;
  if (!found.isDirectory()) return [error('Logs', `${file.folder} is not a folder, so no log is kept`, mend)];
  if (!(await isWritable(file.folder))) return [error('Logs', `this user may not write to ${file.folder}, so no log is kept`, mend)];
  return [ok('Logs', file.folder)];
};
