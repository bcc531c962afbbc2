import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '@openclaw/contract';
import { readManifest, type SkillManifest } from './skill-manifest.ts';

export const SKILL_FILE = 'SKILL.md';
/** Where a package of several skills keeps them. */
const SEVERAL = ['skills', '.agents/skills'];
const LARGEST = 512 * 1024;
/** `package/` of npm, `name-1.0.0/` of others. */
const MOST_WRAPPERS = 2;

export interface FoundSkill {
  /** Below the package's folder; empty for the package itself. */
  readonly below: string;
  readonly manifest: SkillManifest;
}

/** The skills of an unpacked package: itself where SKILL.md is at its root, else those below `skills/`. All are sound, or none is taken. */
export const findSkills = async (packageFolder: string): Promise<readonly FoundSkill[]> => {
  const root = await unwrap(packageFolder);
  const places = (await hasSkill(join(packageFolder, root))) ? [root] : await severalBelow(packageFolder, root);
  if (places.length === 0) throw refused(`it holds no ${SKILL_FILE}, neither at its root nor below skills/`);
  const found: FoundSkill[] = [];
  for (const below of places) {
    const manifest = await readSkillFile(join(packageFolder, below));
    if (typeof manifest === 'string') throw refused(below === root ? manifest : `${below}: ${manifest}`);
    if (found.some((other) => other.manifest.name === manifest.name)) throw refused(`two of its skills are called ${manifest.name}`);
    found.push({ below, manifest });
  }
  return found;
};

/** What SKILL.md in this folder says, or in a sentence why it cannot be used. */
export const readSkillFile = async (folder: string): Promise<SkillManifest | string> => {
  const file = join(folder, SKILL_FILE);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return `there is no ${SKILL_FILE}`;
  if (found.size > LARGEST) return `${SKILL_FILE} is larger than ${LARGEST} bytes`;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return `${SKILL_FILE} cannot be read`;
  if (text.includes('\0')) return `${SKILL_FILE} is no text`;
  return readManifest(text);
};

const unwrap = async (packageFolder: string): Promise<string> => {
  let root = '';
  for (let depth = 0; depth < MOST_WRAPPERS; depth++) {
    const entries = await readdir(join(packageFolder, root), { withFileTypes: true });
    const [only] = entries;
    if (entries.length !== 1 || !only?.isDirectory() || SEVERAL.some((place) => place.startsWith(only.name))) return root;
    root = join(root, only.name);
  }
  return root;
};

const hasSkill = (folder: string): Promise<boolean> => stat(join(folder, SKILL_FILE)).then((found) => found.isFile(), () => false);

const severalBelow = async (packageFolder: string, root: string): Promise<readonly string[]> => {
  for (const place of SEVERAL) {
    const below = join(root, place);
    const entries = await readdir(join(packageFolder, below), { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(below, name)).toSorted();
    const skills: string[] = [];
    for (const folder of folders) if (await hasSkill(join(packageFolder, folder))) skills.push(folder);
    if (skills.length > 0) return skills;
  }
  return [];
};

const refused = (why: string): GatewayError => new GatewayError('skill_refused', `The package was refused: ${why}`);
