import { existsSync, readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID } from './open-connection.ts';
import { syncedFrames } from './synced-mark.ts';

/** Above this, reading every page would hold up the start. */
const CHECK_WHOLE_BELOW = 64 * 1024 * 1024;

/**
 * Looks at the files before anything opens them for writing, and says what is wrong with them; undefined when nothing is.
 * Changes nothing: what is damaged is evidence.
 */
export const findDamage = (file: string, marker: string): string | undefined => {
  const exists = existsSync(file);
  if (exists && !statSync(file).isFile()) return `${file} is not a regular file`;
  if ((!exists || statSync(file).size === 0) && existsSync(marker)) {
    return `${file} is ${exists ? 'empty' : 'missing'}, yet this folder has held a database`;
  }
  if (!exists || statSync(file).size === 0) return undefined;
  return headerDamage(file) ?? walDamage(file) ?? pageDamage(file);
};

const headerDamage = (file: string): string | undefined => {
  const header = readFileSync(file).subarray(0, 100);
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\u0000') return `${file} is not an SQLite database`;
  if (header.readUInt32BE(68) !== APPLICATION_ID) return `${file} is not a database of this gateway`;
  return undefined;
};

const pageDamage = (file: string): string | undefined => {
  if (statSync(file).size > CHECK_WHOLE_BELOW) return undefined;
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { readOnly: true });
    // Not quick_check: that would not notice a row its index cannot find any more.
    const [row] = connection.prepare('PRAGMA integrity_check(1)').all();
    const verdict = String(row?.['integrity_check'] ?? 'no answer');
    return verdict === 'ok' ? undefined : `${file} is damaged: ${verdict}`;
  } catch (thrown) {
    return `${file} is damaged: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  } finally {
    connection?.close();
  }
};

/**
 * SQLite takes the first frame with a bad checksum for the end of the log and drops what follows. For what had not been synced that is
 * right: a power cut leaves any of it, in any order. In what had been synced it would silently lose commits that were acknowledged.
 */
const walDamage = (database: string): string | undefined => {
  const file = `${database}-wal`;
  if (!existsSync(file) || statSync(file).size < 32) return undefined;
  const wal = readFileSync(file);
  const magic = wal.readUInt32BE(0);
  if (magic >>> 1 !== 0x377f0682 >>> 1) return `${file} is damaged: not a write-ahead log`;
  const littleEndian = (magic & 1) === 0;
  const pageSize = wal.readUInt32BE(8);
  if (pageSize < 512 || pageSize > 65_536) return `${file} is damaged: impossible page size ${pageSize}`;
  let sum = checksum(wal, 0, 24, littleEndian, [0, 0]);
  if (!sameSum(wal, 24, sum)) return `${file} is damaged: its header does not match its checksum`;

  const frameSize = 24 + pageSize;
  const synced = syncedFrames(database, wal.subarray(16, 24));
  const sameGeneration = (at: number): boolean => wal.compare(wal, 16, 24, at + 8, at + 16) === 0;
  for (let at = 32, frame = 1; frame <= synced && at + frameSize <= wal.length; at += frameSize, frame++) {
    sum = checksum(wal, at + 24, pageSize, littleEndian, checksum(wal, at, 8, littleEndian, sum));
    if (!sameGeneration(at) || !sameSum(wal, at + 16, sum)) return `${file} is damaged: frame ${frame} of ${synced} is broken`;
  }
  return undefined;
};

type Sum = readonly [number, number];

const sameSum = (bytes: Buffer, at: number, [a, b]: Sum): boolean => bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;

const checksum = (bytes: Buffer, from: number, length: number, littleEndian: boolean, [a, b]: Sum): Sum => {
  const read = littleEndian ? (at: number) => bytes.readUInt32LE(at) : (at: number) => bytes.readUInt32BE(at);
  let s0 = a;
  let s1 = b;
  for (let at = from; at < from + length; at += 8) {
    s0 = (s0 + read(at) + s1) >>> 0;
    s1 = (s1 + read(at + 4) + s0) >>> 0;
  }
  return [s0, s1];
};
