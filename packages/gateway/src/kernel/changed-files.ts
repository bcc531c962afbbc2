import type { FileHandle } from 'node:fs/promises';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { nameOfOpen, openFolder, realPathOf } from './inside.ts';

export interface FileChange {
  readonly path: string;
  readonly change: 'created' | 'modified';
  readonly size: number;
}

export interface FileChanges {
  readonly files: readonly FileChange[];
  /** There was more to look at than the bounds allow, or some of it could not be looked at. */
  readonly cutOff: boolean;
}

export interface ScanBounds {
  readonly entries: number;
  readonly depth: number;
  readonly files: number;
  readonly ms: number;
}

const BOUNDS: ScanBounds = { entries: 20_000, depth: 16, files: 1_000, ms: 3_000 };

/** What is another program's memory, and no work: large, and changed by being looked at. */
const SKIPPED = new Set(['.git', 'node_modules']);

/** A file system's clock may stand a tick behind ours. */
const TICK_MS = 20;
/** Some file systems know no less than this. */
const SECOND_MS = 1_000;

/**
 * The files below a folder that were created or modified since a moment, as the times of the files say: so it needs to have seen nothing
 * before, and holds over restarts. Links are not followed, neither as they are nor as they become while this looks.
 */
export const changedFiles = async (root: string, since: number, bounds: Partial<ScanBounds> = {}): Promise<FileChanges> => {
  const scan = new Scan(since, { ...BOUNDS, ...bounds });
  let timer: NodeJS.Timeout | undefined;
  // A disk that does not answer must not hold up whoever waits for this.
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, scan.bounds.ms)));
  await Promise.race([scan.root(root), late]);
  clearTimeout(timer);
  return scan.stop();
};

class Scan {
  readonly bounds: ScanBounds;
  readonly #since: number;
  readonly #files: FileChange[] = [];
  #looked = 0;
  #cutOff = false;
  #stopped = false;

  constructor(since: number, bounds: ScanBounds) {
    this.#since = since;
    this.bounds = bounds;
  }

  async root(root: string): Promise<void> {
    const folder = await openFolder(root).catch(() => undefined);
    if (!folder) return;
    await this.#within(folder, async () => {
      if ((await realPathOf(folder, root)) === root) await this.#look({ folder, path: root, shown: '', depth: 0 });
      else this.#cutOff = true;
    });
    this.#stopped = true;
  }

  stop(): FileChanges {
    const cutOff = this.#cutOff || !this.#stopped;
    this.#stopped = true;
    return { files: this.#files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), cutOff };
  }

  async #look({ folder, path, shown, depth }: { readonly folder: FileHandle; readonly path: string; readonly shown: string; readonly depth: number }): Promise<void> {
    const held = nameOfOpen(folder, path);
    for await (const entry of await opendir(held, { bufferSize: 128 })) {
      if (this.#stopped) return;
      if (++this.#looked > this.bounds.entries) return this.#cut();
      const place = { path: join(path, entry.name), shown: join(shown, entry.name) };
      if (entry.isFile()) await this.#file(join(held, entry.name), place.shown);
      if (!entry.isDirectory() || SKIPPED.has(entry.name)) continue;
      if (depth === this.bounds.depth) this.#cutOff = true;
      else await this.#below(join(held, entry.name), { ...place, depth: depth + 1 });
    }
  }

  async #below(name: string, place: { readonly path: string; readonly shown: string; readonly depth: number }): Promise<void> {
    const folder = await openFolder(name).catch(() => undefined);
    if (folder) await this.#within(folder, () => this.#look({ folder, ...place }));
    else this.#cutOff = true;
  }

  async #within(folder: FileHandle, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch {
      // What goes away while it is looked at, or may not be looked at, is no reason to fail whoever asks.
      this.#cutOff = true;
    } finally {
      await folder.close().catch(() => undefined);
    }
  }

  async #file(name: string, path: string): Promise<void> {
    const stat = await lstat(name).catch(() => undefined);
    if (!stat?.isFile()) return;
    const change = this.#isSince(stat.birthtimeMs) ? 'created' : this.#isSince(stat.mtimeMs) ? 'modified' : undefined;
    if (!change || this.#stopped) return;
    if (this.#files.length === this.bounds.files) return this.#cut();
    this.#files.push({ path, change, size: stat.size });
  }

  #isSince(time: number): boolean {
    return time >= this.#since - (Number.isInteger(time / SECOND_MS) ? SECOND_MS : TICK_MS);
  }

  /** Enough is seen. */
  #cut(): void {
    this.#cutOff = true;
    this.#stopped = true;
  }
}
