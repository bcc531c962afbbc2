import { lstat, mkdir, open, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '../../kernel/ids.ts';
import { writeFileAtomic } from '../../kernel/atomic-write.ts';
import type { NewEvent } from '../ports/store.ts';
import { Decision, InstalledPackage } from './shelf-records.ts';

const STORE = '.store';
const CHOICES = '.choices';
const RECORD = 'record.json';
const PACKAGE = 'package';
const DECISION = '.decision.json';
const TARGET = /^\.store\/(pkg_[0-9a-z]+)\/package(?:\/|$)/;

/** What stands at a name. */
export type Shelved =
  | { readonly kind: 'installed'; readonly record: InstalledPackage }
  | { readonly kind: 'local' }
  | { readonly kind: 'broken'; readonly problem: string };

export interface Staging {
  readonly id: string;
  /** What holds all that comes with the package; empty at first. */
  readonly folder: string;
}

/**
 * The folder of skills. What is installed lies in `.store/<id>/package` with its record beside it, and `<name>` is a link to its place there:
 * one rename of that link is all that installing, upgrading and removing change. A real folder `<name>` was put there by hand.
 */
export class Shelf {
  readonly root: string;
  /** Being filled by this process. */
  readonly #staged = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  folder(name: string): string {
    return join(this.root, name);
  }

  async names(): Promise<readonly string[]> {
    const entries = await readdir(this.root, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink())).map(({ name }) => name).toSorted();
  }

  async look(name: string): Promise<Shelved | undefined> {
    const found = await lstat(this.folder(name)).catch(() => undefined);
    if (found === undefined) return undefined;
    if (!found.isSymbolicLink()) return found.isDirectory() ? { kind: 'local' } : undefined;
    const id = await this.#idOf(name);
    if (id === undefined) return { kind: 'broken', problem: 'it is a link to another place; copy the folder, or install it from there' };
    const record = InstalledPackage.safeParse(await readJson(join(this.root, STORE, id, RECORD)));
    if (!record.success) return { kind: 'broken', problem: 'the record of its installation is damaged; install it again' };
    return { kind: 'installed', record: record.data };
  }

  async stage(now: number): Promise<Staging> {
    const id = newId('pkg', now);
    this.#staged.add(id);
    const folder = join(this.root, STORE, id, PACKAGE);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { id, folder };
  }

  /** The staged package is whole; what it is stands beside it. */
  async record({ id }: Staging, record: InstalledPackage): Promise<void> {
    await writeFileAtomic(join(this.root, STORE, id, RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
    await syncFolder(join(this.root, STORE, id));
    await syncFolder(join(this.root, STORE));
  }

  /** Where a skill of a staged package will be found. */
  targetOf({ id }: Staging, below: string): string {
    return below === '' ? `${STORE}/${id}/${PACKAGE}` : `${STORE}/${id}/${PACKAGE}/${below}`;
  }

  letGo({ id }: Staging): void {
    this.#staged.delete(id);
  }

  /** From here on it happens, whatever happens to this process: `settle` carries it out now or at the next start. */
  async decide(decision: Decision): Promise<string> {
    const file = join(this.root, STORE, `${decision.events[0]?.id ?? 'none'}${DECISION}`);
    await mkdir(join(this.root, STORE), { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, JSON.stringify(decision));
    return file;
  }

  async settle(file: string, tell: (events: readonly NewEvent[]) => Promise<void>): Promise<void> {
    const decision = Decision.safeParse(await readJson(file));
    try {
      for (const { name, target } of decision.data?.links ?? []) await (target === null ? this.#unlink(name) : this.#link(name, target));
      await syncFolder(this.root);
    } catch (thrown) {
      await rm(file, { force: true });
      throw thrown;
    }
    // What is in place but could not be told is told at the next start.
    await tell(decision.data?.events ?? []);
    await rm(file, { force: true });
  }

  /** Decisions that a process which died left behind. */
  async unsettled(): Promise<readonly string[]> {
    const names = await readdir(join(this.root, STORE)).catch(() => []);
    return names.filter((name) => name.endsWith(DECISION)).toSorted().map((name) => join(this.root, STORE, name));
  }

  /** Deletes packages to which nothing leads any more. */
  async sweep(): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    const used = new Set(await Promise.all(names.map((name) => this.#idOf(name))));
    for (const entry of await readdir(join(this.root, STORE)).catch(() => [])) {
      if (used.has(entry) || this.#staged.has(entry) || entry.endsWith(DECISION)) continue;
      await rm(join(this.root, STORE, entry), { recursive: true, force: true });
    }
  }

  /** Whether somebody switched it on or off. */
  async choice(name: string): Promise<'on' | 'off' | undefined> {
    const text = await readFile(join(this.root, CHOICES, name), 'utf8').catch(() => '');
    return text === 'on' || text === 'off' ? text : undefined;
  }

  async choose(name: string, choice: 'on' | 'off' | undefined): Promise<void> {
    const file = join(this.root, CHOICES, name);
    if (choice === undefined) return rm(file, { force: true });
    await mkdir(join(this.root, CHOICES), { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, choice);
  }

  async #idOf(name: string): Promise<string | undefined> {
    const target = await readlink(this.folder(name)).catch(() => '');
    return target.includes('..') ? undefined : TARGET.exec(target)?.[1];
  }

  /** Fails where a real folder has taken the name: what was put there by hand is never overwritten. */
  async #link(name: string, target: string): Promise<void> {
    const draft = join(this.root, `.${newId('link', Date.now())}`);
    await symlink(target, draft, 'junction');
    await rename(draft, this.folder(name)).catch(async (thrown: unknown) => {
      await rm(draft, { force: true });
      throw thrown;
    });
  }

  async #unlink(name: string): Promise<void> {
    // A link goes, what it leads to stays; a folder would not go this way.
    if ((await this.#idOf(name)) !== undefined) await rm(this.folder(name), { force: true });
  }
}

const readJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
