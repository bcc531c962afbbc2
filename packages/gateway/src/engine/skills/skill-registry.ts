import { GatewayError, type Skill } from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { FetchedPackage, SkillSources } from '../ports/skill-source.ts';
import type { Once } from '../ports/once.ts';
import type { NewEvent, Store } from '../ports/store.ts';
import { type DescribedSkill, describeSkill } from './describe-skill.ts';
import type { Equipment } from './eligibility.ts';
import { findSkills, type FoundSkill } from './find-skills.ts';
import { createTreeReader, treeHash, type TreeReader } from './read-tree.ts';
import { Shelf, type Staging } from './shelf.ts';
import type { InstalledPackage } from './shelf-records.ts';

/** What somebody wants installed. */
export type WantedPackage =
  | { readonly source: 'npm'; readonly name: string; readonly version: string }
  | { readonly source: 'folder' | 'archive'; readonly path: string }
  | { readonly source: 'git'; readonly url: string; readonly ref: string | undefined };

export interface RegistryDeps {
  readonly folder: string;
  readonly sources: SkillSources;
  readonly equipment: Equipment;
  readonly store: Pick<Store, 'appendEvents'>;
  readonly log: Log;
  readonly now: () => number;
}

const DEADLINE_MS = 120_000;
const NO_FILTER: ReadonlySet<string> = new Set();

/** The skills of this gateway: what is on the shelf, and every way to change that. */
export class SkillRegistry {
  readonly #deps: RegistryDeps;
  readonly #shelf: Shelf;
  readonly #readTree: TreeReader = createTreeReader();
  #turn: Promise<unknown> = Promise.resolve();
  #changes = 0;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
    this.#shelf = new Shelf(deps.folder);
  }

  /** Finishes what an earlier process decided and did not finish, and clears away what it began and did not decide. */
  async recover(): Promise<void> {
    const { store, log } = this.#deps;
    for (const file of await this.#shelf.unsettled()) {
      await this.#shelf.settle(file, (events) => store.appendEvents(events)).catch((thrown: unknown) => {
        log('warn', 'a change of the skills that was cut off could not be finished', { cause: String(thrown) });
      });
    }
    await this.#shelf.sweep();
  }

  /** Grows with every change made here. */
  get changes(): number {
    return this.#changes;
  }

  folder(name: string): string {
    return this.#shelf.folder(name);
  }

  async list(): Promise<readonly DescribedSkill[]> {
    const described: DescribedSkill[] = [];
    for (const name of await this.#shelf.names()) {
      const one = await this.#describe(name);
      if (one) described.push(one);
    }
    return described;
  }

  /** By its own name, or by that of the package it came in where that holds no other. */
  async find(ref: string): Promise<DescribedSkill> {
    const own = ref.includes('/') ? undefined : await this.#describe(ref);
    if (own) return own;
    const [first, ...others] = (await this.list()).filter(({ skill }) => skill.source === 'npm' && packageOf(skill.from) === ref);
    if (!first) throw new GatewayError('skill_not_found', `There is no skill ${ref}`, { skill: ref });
    if (others.length > 0) {
      const names = [first, ...others].map(({ skill }) => skill.name);
      throw new GatewayError('conflict', `${ref} brought several skills: say which of ${names.join(', ')}`, { skills: names });
    }
    return first;
  }

  /** All of a package's skills, or none. */
  async install(wanted: WantedPackage, by: string, once: Once | undefined): Promise<readonly Skill[]> {
    const staging = await this.#shelf.stage(this.#deps.now());
    try {
      const fetched = await this.#fetch(wanted, staging.folder);
      const found = await findSkills(staging.folder);
      const record = await this.#recordOf(wanted, fetched, found, { staging, by });
      await this.#shelf.record(staging, record);
      return await this.#inTurn(() => this.#place(staging, found, record, once));
    } finally {
      this.#shelf.letGo(staging);
      await this.#inTurn(() => this.#shelf.sweep());
    }
  }

  async setEnabled(ref: string, enabled: boolean): Promise<Skill> {
    const { skill } = await this.find(ref);
    if (enabled && skill.problem !== undefined) throw new GatewayError('conflict', `${skill.name} cannot be used: ${skill.problem}`, { skill: skill.name });
    await this.#shelf.choose(skill.name, enabled ? 'on' : 'off');
    this.#changes++;
    return (await this.find(skill.name)).skill;
  }

  async remove(ref: string, by: string, once: Once | undefined): Promise<void> {
    await this.#inTurn(async () => {
      const { skill } = await this.find(ref);
      if ((await this.#shelf.look(skill.name))?.kind === 'local') {
        throw new GatewayError('conflict', `${skill.name} was put there by hand and is not kept anywhere else: delete ${this.folder(skill.name)} yourself, or switch it off`, { skill: skill.name });
      }
      const event = this.#event('skill.removed', { ...tellOf(skill), removedBy: by });
      await this.#settle([{ name: skill.name, target: null }], [event], once);
      await this.#shelf.choose(skill.name, undefined);
      await this.#shelf.sweep();
    });
  }

  #describe(name: string): Promise<DescribedSkill | undefined> {
    return describeSkill({ shelf: this.#shelf, readTree: this.#readTree, equipment: this.#deps.equipment }, name);
  }

  async #fetch(wanted: WantedPackage, into: string): Promise<FetchedPackage> {
    const { npm, folder, archive, git } = this.#deps.sources;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    try {
      switch (wanted.source) {
        case 'npm': return await npm.fetch(wanted, into, signal);
        case 'folder': return await folder.fetch(wanted, into, signal);
        case 'archive': return await archive.fetch(wanted, into, signal);
        case 'git': return await git.fetch(wanted, into, signal);
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      throw new GatewayError('skill_source_failed', `The package did not come within ${DEADLINE_MS / 1000} seconds`, {}, thrown);
    }
  }

  async #recordOf(
    { source }: WantedPackage,
    { from, version, integrity }: FetchedPackage,
    found: readonly FoundSkill[],
    { staging, by }: { readonly staging: Staging; readonly by: string },
  ): Promise<InstalledPackage> {
    const skills: InstalledPackage['skills'] = {};
    for (const { below, manifest } of found) {
      const files = await this.#readTree(`${staging.folder}/${below}`, NO_FILTER);
      skills[manifest.name] = { treeHash: treeHash(files), files: Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256])) };
    }
    const installedAt = new Date(this.#deps.now()).toISOString();
    return { source, from, version: version ?? null, integrity: integrity ?? null, installedAt, installedBy: by, skills };
  }

  async #place(staging: Staging, found: readonly FoundSkill[], record: InstalledPackage, once: Once | undefined): Promise<readonly Skill[]> {
    for (const { manifest } of found) await this.#refuseOverwriting(manifest.name, record);
    const events = found.map(({ manifest }) => this.#event('skill.installed', {
      name: manifest.name, version: record.version ?? manifest.version ?? null, source: record.source, from: record.from, integrity: record.integrity,
      treeHash: record.skills[manifest.name]?.treeHash, installedBy: record.installedBy,
    }));
    await this.#settle(found.map(({ below, manifest }) => ({ name: manifest.name, target: this.#shelf.targetOf(staging, below) })), events, once);
    const skills: Skill[] = [];
    for (const { manifest: { name } } of found) {
      // What was switched off stays off; a new version must earn anew that its warnings are overlooked.
      if ((await this.#shelf.choice(name)) === 'on') await this.#shelf.choose(name, undefined);
      skills.push((await this.find(name)).skill);
    }
    return skills;
  }

  async #refuseOverwriting(name: string, record: InstalledPackage): Promise<void> {
    const there = await this.#shelf.look(name);
    if (!there || (there.kind === 'installed' && isSameWay(there.record, record))) return;
    const how = there.kind === 'installed' ? `was installed from ${there.record.from}` : 'was put there by hand';
    throw new GatewayError('conflict', `A skill ${name} is there already and ${how}: remove it first`, { skill: name });
  }

  async #settle(links: { name: string; target: string | null }[], events: NewEvent[], once: Once | undefined): Promise<void> {
    const decided = await this.#shelf.decide({ links, events: events.map(({ data, ...event }) => ({ ...event, data: { ...data } })) });
    try {
      await this.#shelf.settle(decided, (told) => this.#deps.store.appendEvents(told, once));
    } finally {
      this.#changes++;
    }
  }

  #event(type: NewEvent['type'], data: NewEvent['data']): NewEvent {
    const at = this.#deps.now();
    return { id: newId('evt', at), type, at, data };
  }

  /** Changes of the shelf follow one another. */
  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}

const tellOf = ({ name, version, source, from, integrity, treeHash: hash }: Skill): NewEvent['data'] => ({ name, version, source, from, integrity, treeHash: hash });

/** `@scope/name@1.0.0` without its version. */
const packageOf = (from: string | null): string | undefined => /^(@?[^@]+)@/.exec(from ?? '')?.[1];

/** An upgrade comes the same way: the same package, the same repository; of what lies on a disk, another version lies elsewhere. */
const isSameWay = (before: InstalledPackage, now: InstalledPackage): boolean => {
  if (before.source !== now.source) return false;
  if (now.source === 'npm') return packageOf(before.from) === packageOf(now.from);
  if (now.source === 'git') return before.from.split('#', 1)[0] === now.from.split('#', 1)[0];
  return true;
};
