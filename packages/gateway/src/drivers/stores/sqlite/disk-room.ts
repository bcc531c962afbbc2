import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Ballast } from './ballast.ts';
import { BUSY_TIMEOUT_MS, LOG_PAGES } from './open-connection.ts';

/** How long the log may grow where room is scarce, in pages. */
const SHORT_LOG_PAGES = 100;
/** What may be written until the disk is looked at again. */
const SCARCE_BYTES = 16 * 1024 * 1024;
const LOOK_EVERY_MS = 100;
const TRY_AGAIN_AFTER_MS = 1_000;

/** How the log is held: as long as is fast, short, or not taken into the database at all because that would need more room than there is. */
type LogForm = 'long' | 'short' | 'kept';
const CHECKPOINT_AFTER: Readonly<Record<LogForm, number>> = { long: LOG_PAGES, short: SHORT_LOG_PAGES, kept: 0 };

/**
 * Sees to it that what was accepted can be finished on a full disk.
 *
 * Two things eat room: new work, refused while `full`; and the log, which is taken into the database from time to time and makes that
 * grow first and room second. Begun where the room does not suffice, that takes the last byte and gives nothing back. So a long
 * log is taken in while there is room for it, and kept as it is where there is none.
 */
export class DiskRoom {
  readonly #connection: DatabaseSync;
  readonly #file: string;
  readonly #pages;
  readonly #checkpoint;
  readonly #pageSize: number;
  readonly #ballast: Ballast;
  #form: LogForm = 'long';
  #full: boolean;
  #lookAt = 0;

  /** `file` is the database that `connection` is on. */
  constructor(connection: DatabaseSync, file: string) {
    this.#connection = connection;
    this.#file = file;
    this.#pages = connection.prepare('PRAGMA page_count');
    this.#checkpoint = connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#pageSize = Number(connection.prepare('PRAGMA page_size').get()?.['page_size']);
    this.#ballast = new Ballast(`${file}.ballast`);
    this.#full = !this.#ballast.keep();
  }

  /** While it is, nothing new is let in. */
  get full(): boolean {
    return this.#full;
  }

  /** Before a commit, outside of any transaction. */
  look(): void {
    const now = Date.now();
    if (now < this.#lookAt) return;
    if (this.#full) this.#full = !this.#ballast.keep();
    this.#fitLog();
    this.#lookAt = now + (this.#full ? TRY_AGAIN_AFTER_MS : LOOK_EVERY_MS);
  }

  /** A write found no room: gives up what was laid by. */
  ranOut(): void {
    this.#full = true;
    this.#ballast.release();
    this.#fitLog();
    this.#lookAt = Date.now() + TRY_AGAIN_AFTER_MS;
  }

  #fitLog(): void {
    const room = this.#measure();
    if (!room) return;
    const { free, growth } = room;
    if (free >= growth + (this.#form === 'long' ? SCARCE_BYTES : 2 * SCARCE_BYTES)) return this.#hold('long');
    if (free < growth) return this.#hold('kept');
    if (this.#form === 'short' || this.#takeLogIn()) this.#hold('short');
  }

  /** What is free, and what the database grows by when the log is taken in. Undefined where nobody can see: its folder was taken away, or no file can be opened just now. */
  #measure(): { readonly free: number; readonly growth: number } | undefined {
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#file));
      return { free: bavail * bsize, growth: Number(this.#pages.get()?.['page_count']) * this.#pageSize - statSync(this.#file).size };
    } catch {
      return undefined;
    }
  }

  #hold(form: LogForm): void {
    if (form === this.#form) return;
    this.#form = form;
    this.#connection.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_AFTER[form]}`);
  }

  /** The file of the log is empty then, and what it took is free. False where that must wait: somebody reads from it, or took the room just now. */
  #takeLogIn(): boolean {
    try {
      return this.#withoutWaiting(() => this.#checkpoint.get()?.['busy'] === 0);
    } catch {
      return false;
    }
  }

  #withoutWaiting<Value>(work: () => Value): Value {
    this.#connection.exec('PRAGMA busy_timeout = 0');
    try {
      return work();
    } finally {
      this.#connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }
}
