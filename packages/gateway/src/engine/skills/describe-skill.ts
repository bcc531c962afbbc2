import type { Skill } from '@openclaw/contract';
import { type Equipment, reasonsAgainst } from './eligibility.ts';
import { readSkillFile } from './find-skills.ts';
import { changesBetween, treeHash, TreeTooLarge, type TreeChange, type TreeFile, type TreeReader } from './read-tree.ts';
import type { Shelf } from './shelf.ts';
import type { InstalledPackage } from './shelf-records.ts';
import type { SkillManifest } from './skill-manifest.ts';

/** All there is to know of one skill on the shelf. */
export interface DescribedSkill {
  readonly skill: Skill;
  readonly manifest: SkillManifest | undefined;
  readonly files: readonly TreeFile[];
  readonly changes: readonly TreeChange[];
}

interface Deps {
  readonly shelf: Shelf;
  readonly readTree: TreeReader;
  readonly equipment: Equipment;
}

const MOST_WARNINGS = 20;
const NOTHING: ReadonlySet<string> = new Set();
/** A folder that somebody works in holds these besides the skill. */
const WORKED_IN: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** Looks at what stands at a name; undefined where nothing does. */
export const describeSkill = async ({ shelf, readTree, equipment }: Deps, name: string): Promise<DescribedSkill | undefined> => {
  const shelved = await shelf.look(name);
  if (!shelved) return undefined;
  if (shelved.kind === 'broken') return broken(name, shelved.problem);
  const folder = shelf.folder(name);
  const files = await readTree(folder, shelved.kind === 'local' ? WORKED_IN : NOTHING).catch((thrown: unknown) => {
    if (thrown instanceof TreeTooLarge) return undefined;
    throw thrown;
  });
  if (!files) return broken(name, 'its folder holds more files, or larger ones, than a skill may');
  const read = await readSkillFile(folder);
  const installed = shelved.kind === 'installed' ? shelved.record : undefined;
  const changes = installed ? changesBetween(installed.skills[name]?.files ?? {}, files) : [];
  const problem = typeof read === 'string' ? read : read.name === name ? undefined : `its folder is called ${plain(name)}, but SKILL.md calls it ${read.name}`;
  const manifest = typeof read === 'string' ? undefined : read;
  const warnings = warningsOf(files);
  const choice = await shelf.choice(name);
  const reasons = manifest ? await reasonsAgainst(manifest.needs, equipment) : [];
  const skill: Skill = {
    name: plain(name),
    description: manifest?.description ?? '',
    ...provenance(installed),
    version: installed?.version ?? manifest?.version ?? null,
    // Nobody who did not look at it lets in what looks dangerous.
    enabled: choice === undefined ? warnings.length === 0 : choice === 'on',
    eligible: problem === undefined && reasons.length === 0,
    reasons: [...reasons],
    treeHash: treeHash(files),
    modified: changes.length > 0,
    warnings,
    ...(problem !== undefined && { problem }),
  };
  return { skill, manifest, files, changes };
};

const provenance = (record: InstalledPackage | undefined): Pick<Skill, 'source' | 'from' | 'integrity' | 'installedAt' | 'installedBy'> =>
  record
    ? { source: record.source, from: record.from, integrity: record.integrity, installedAt: record.installedAt, installedBy: record.installedBy }
    : { source: 'local', from: null, integrity: null, installedAt: null, installedBy: null };

const broken = (name: string, problem: string): DescribedSkill => ({
  skill: {
    name: plain(name), description: '', ...provenance(undefined), version: null, enabled: false, eligible: false, reasons: [], treeHash: treeHash([]), modified: false, warnings: [], problem,
  },
  manifest: undefined,
  files: [],
  changes: [],
});

const warningsOf = (files: readonly TreeFile[]): string[] => {
  const all = files.flatMap(({ path, suspicions }) => suspicions.map(({ line, what }) => `${plain(path)}:${line} ${what}`));
  return all.length <= MOST_WARNINGS ? all : [...all.slice(0, MOST_WARNINGS), `and ${all.length - MOST_WARNINGS} more`];
};

/** Names of folders and files may be anything. */
const plain = (name: string): string => name.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '\uFFFD');
