import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { entryPath } from './entry-path.ts';
import { LIMITS } from './limits.ts';
import { refused, shown } from './refused.ts';

interface Folder {
  readonly handle: FileHandle;
  /** Names below it stay below it, even when somebody puts a link in its place meanwhile. */
  readonly place: string;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const AT_ONCE = 16;
const HAS_DESCRIPTOR_PATHS = existsSync('/proc/self/fd');

/** The files of a package on their way into an empty folder: checked by name, counted, written anew and never over anything. */
export class StagedTree implements AsyncDisposable {
  readonly #root: string;
  readonly #folders = new Map<string, Folder>();
  /** Every name as some disk may read it. */
  readonly #taken = new Set<string>();
  readonly #written: string[] = [];
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  async addFolder(name: string): Promise<void> {
    await this.#folder(entryPath(name));
  }

  async addFile(name: string, body: AsyncIterable<Uint8Array>, isExecutable = false): Promise<void> {
    const path = entryPath(name);
    const own = path.at(-1);
    if (own === undefined || name.endsWith('/')) throw refused(`a file in it has no name: ${shown(name)}`);
    if (this.#written.length >= LIMITS.files) throw refused(`it holds more than ${LIMITS.files} files`);
    const folder = await this.#folder(path.slice(0, -1));
    if (!this.#take(path)) throw refused(`it holds ${shown(name)} twice`);
    const place = join(folder.place, own);
    const file = await open(place, NEW_FILE, isExecutable ? 0o700 : 0o600);
    this.#written.push(place);
    try {
      await this.#fill(file, body, name);
    } finally {
      await file.close();
    }
  }

  /** All of it is on the disk when this resolves. Waiting for the disk comes last: what is refused need not be there. */
  async finish(): Promise<void> {
    for (let from = 0; from < this.#written.length; from += AT_ONCE) await Promise.all(this.#written.slice(from, from + AT_ONCE).map(syncFile));
    for (const { handle } of this.#folders.values()) await handle.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { handle } of this.#folders.values()) await handle.close();
    this.#folders.clear();
  }

  async #fill(file: FileHandle, body: AsyncIterable<Uint8Array>, name: string): Promise<void> {
    let bytes = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      this.#bytes += chunk.length;
      if (bytes > LIMITS.fileBytes) throw refused(`${shown(name)} is larger than ${LIMITS.fileBytes} bytes`);
      if (this.#bytes > LIMITS.totalBytes) throw refused(`it is larger than ${LIMITS.totalBytes} bytes`);
      await file.writeFile(chunk);
    }
  }

  async #folder(path: readonly string[]): Promise<Folder> {
    const key = path.join('/');
    const known = this.#folders.get(key);
    if (known) return known;
    const own = path.at(-1);
    if (own === undefined) return this.#open('', this.#root);
    const parent = await this.#folder(path.slice(0, -1));
    if (!this.#take(path)) throw refused(`it holds ${shown(key)} twice`);
    if (this.#folders.size > LIMITS.folders) throw refused(`it holds more than ${LIMITS.folders} folders`);
    const place = join(parent.place, own);
    await mkdir(place, { mode: 0o700 });
    return this.#open(key, place);
  }

  async #open(key: string, place: string): Promise<Folder> {
    const handle = await open(place, FOLDER);
    const folder = { handle, place: HAS_DESCRIPTOR_PATHS ? `/proc/self/fd/${handle.fd}` : place };
    this.#folders.set(key, folder);
    return folder;
  }

  /** `README` and `readme` are one file on some disks: whichever came second would have won. */
  #take(path: readonly string[]): boolean {
    const key = path.join('/').normalize('NFC').toLowerCase();
    const isFree = !this.#taken.has(key);
    this.#taken.add(key);
    return isFree;
  }
}

const syncFile = async (place: string): Promise<void> => {
  const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};
