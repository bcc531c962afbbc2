import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';

const SIZE = 4 * 1024 * 1024;

/** Room kept aside on the disk, given up when it is full so that what was accepted can still be finished. */
export class Ballast {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Fills the file if it is not whole; false where there is no room for it. */
  keep(): boolean {
    if (existsSync(this.#file) && statSync(this.#file).size >= SIZE) return true;
    try {
      const file = openSync(this.#file, 'w', 0o600);
      try {
        // Real bytes: a sparse file would reserve nothing.
        const block = Buffer.alloc(1024 * 1024, 'ballast ');
        for (let at = 0; at < SIZE; at += block.length) writeSync(file, block);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return true;
    } catch {
      rmSync(this.#file, { force: true });
      return false;
    }
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}
