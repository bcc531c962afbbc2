import { lstat, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nameOfOpen, openFolder } from '../../../kernel/inside.ts';
import { writeBelow } from '../../../kernel/write-below.ts';

/** In the folder of an agent: where it finds what came with messages. */
const FOLDER = 'attachments';
/** Of all that came. */
const MOST_BYTES = 1024 ** 3;
/** What is made room for at once, so that a full folder is not looked through for each file. */
const ROOM_MADE = 0.05;
/** As much of a disk as the smallest file takes. */
const BLOCK = 4_096;
const MONTH = /^\d{4,6}-\d{2}$/;
/** What this wrote; whatever else lies there is not counted, and never taken away. */
const OWN = /^[0-9a-f]{12}-/;

interface KeptFile {
  readonly month: string;
  readonly name: string;
  readonly bytes: number;
  readonly at: number;
}

/** What came with messages, in the folder of one agent: the oldest gives way to the newest. */
export class AttachmentFolder {
  readonly #root: string;
  readonly #mostBytes: number;
  /** Not less than there is; not known before the first file is written. */
  #bytes: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(root: string, mostBytes = MOST_BYTES) {
    this.#root = root;
    this.#mostBytes = mostBytes;
  }

  /** Resolves to its path in the agent's folder. A file of the same name is replaced. */
  write(month: string, name: string, content: Uint8Array): Promise<string> {
    const written = this.#last.then(() => this.#write(month, name, content));
    this.#last = written.catch(() => {});
    return written;
  }

  async #write(month: string, name: string, content: Uint8Array): Promise<string> {
    const bytes = onDisk(content.length);
    this.#bytes ??= sumOf(await this.#files());
    if (this.#bytes + bytes > this.#mostBytes) this.#bytes = await this.#makeRoom(bytes);
    await writeBelow(this.#root, [FOLDER, month], name, content);
    this.#bytes += bytes;
    return `${FOLDER}/${month}/${name}`;
  }

  /** How much there is then. */
  async #makeRoom(bytes: number): Promise<number> {
    const files = (await this.#files()).toSorted((a, b) => a.at - b.at);
    let left = sumOf(files);
    if (left + bytes <= this.#mostBytes) return left;
    for (const { month, name, bytes: freed } of files) {
      if (left + bytes <= this.#mostBytes * (1 - ROOM_MADE)) break;
      await this.#inMonth(month, async (folder) => rm(join(folder, name), { force: true }));
      left -= freed;
    }
    for (const month of await this.#months()) await this.#inMonth('', async (folder) => rmdir(join(folder, month)).catch(unlessFull));
    return left;
  }

  async #months(): Promise<readonly string[]> {
    return ((await this.#inMonth('', (folder) => readdir(folder))) ?? []).filter((name) => MONTH.test(name));
  }

  async #files(): Promise<readonly KeptFile[]> {
    const found: KeptFile[] = [];
    for (const month of await this.#months()) {
      await this.#inMonth(month, async (folder) => {
        for (const name of (await readdir(folder)).filter((one) => OWN.test(one))) {
          const stat = await lstat(join(folder, name)).catch(() => undefined);
          if (stat?.isFile()) found.push({ month, name, bytes: onDisk(stat.size), at: stat.mtimeMs });
        }
      });
    }
    return found;
  }

  /** In a month's folder, or in that of all; undefined where it is not there, or is a link. */
  async #inMonth<Result>(month: string, work: (folder: string) => Promise<Result>): Promise<Result | undefined> {
    const all = join(await realpath(this.#root), FOLDER);
    const outer = await openFolder(all).catch(() => undefined);
    if (!outer) return undefined;
    try {
      if (month === '') return await work(nameOfOpen(outer, all));
      const path = join(nameOfOpen(outer, all), month);
      const inner = await openFolder(path).catch(() => undefined);
      if (!inner) return undefined;
      return await work(nameOfOpen(inner, path)).finally(() => inner.close());
    } finally {
      await outer.close();
    }
  }
}

const onDisk = (bytes: number): number => Math.max(BLOCK, Math.ceil(bytes / BLOCK) * BLOCK);
const sumOf = (files: readonly KeptFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

const unlessFull = (thrown: unknown): void => {
  if (!(thrown instanceof Error && 'code' in thrown && ['ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes(String(thrown.code)))) throw thrown;
};
