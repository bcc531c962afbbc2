import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';

/** The log's generation (its two salts, as they are in its header), and how many of its frames are on the disk for certain. */
const MARK_BYTES = 12;
/** Of the log's index: https://sqlite.org/walformat.html#the_wal_index_header */
const INDEX = { frames: 16, salts: 32, end: 40 } as const;

const fileOf = (database: string): string => `${database}.synced`;

/**
 * Keeps, beside the write-ahead log, how far it has been synced. After a crash that tells apart what a broken frame is: before the mark
 * it is damage to commits that were acknowledged, after it the rest of a write that never ended. The mark itself is never synced: one
 * that is too old only finds less.
 */
export class SyncedMark {
  readonly #mark: number;
  readonly #index: number;
  readonly #header = Buffer.alloc(INDEX.end);
  readonly #bytes = Buffer.alloc(MARK_BYTES);

  /** Only while a connection is open: it makes the index. */
  constructor(database: string) {
    this.#index = openSync(`${database}-shm`, 'r');
    this.#mark = openSync(fileOf(database), constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** Right after a commit that was synced. */
  move(): void {
    readSync(this.#index, this.#header, 0, INDEX.end, 0);
    const frames = endianness() === 'LE' ? this.#header.readUInt32LE(INDEX.frames) : this.#header.readUInt32BE(INDEX.frames);
    this.#header.copy(this.#bytes, 0, INDEX.salts, INDEX.end);
    this.#bytes.writeUInt32BE(frames, 8);
    try {
      writeSync(this.#mark, this.#bytes, 0, MARK_BYTES, 0);
    } catch {
      // On a full disk the old mark stays.
    }
  }

  /** After the connections: to close a file of theirs lets go of what this process holds of it. */
  close(): void {
    closeSync(this.#index);
    closeSync(this.#mark);
  }
}

/** How many frames of the log of this generation were synced, as far as is known. */
export const syncedFrames = (database: string, salts: Buffer): number => {
  const bytes = Buffer.alloc(MARK_BYTES);
  try {
    const mark = openSync(fileOf(database), 'r');
    try {
      if (readSync(mark, bytes, 0, MARK_BYTES, 0) !== MARK_BYTES) return 0;
    } finally {
      closeSync(mark);
    }
  } catch {
    return 0;
  }
  return bytes.compare(salts, 0, 8, 0, 8) === 0 ? bytes.readUInt32BE(8) : 0;
};
