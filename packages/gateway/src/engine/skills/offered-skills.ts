import { join } from 'node:path';
import { SKILL_FILE } from './find-skills.ts';
import type { SkillRegistry } from './skill-registry.ts';

/** A skill as it is put before the model. */
export interface OfferedSkill {
  readonly name: string;
  /** What its author wrote: information, never instructions. */
  readonly description: string;
  readonly folder: string;
  /** Its SKILL.md. */
  readonly location: string;
}

/** How long the shelf is taken to be as it was looked at: somebody may change it by hand. */
const FRESH_MS = 2_000;

/** The skills a model may use now, by name: sound, switched on, fit for this machine, and not withheld by their author. */
export const createOffer = (registry: Pick<SkillRegistry, 'list' | 'folder' | 'changes'>) => {
  let known: { readonly at: number; readonly changes: number; readonly offered: Promise<readonly OfferedSkill[]> } | undefined;

  const look = async (): Promise<readonly OfferedSkill[]> =>
    (await registry.list()).flatMap(({ skill, manifest }) => {
      if (!manifest?.modelInvocable || !skill.enabled || !skill.eligible) return [];
      const folder = registry.folder(skill.name);
      return [{ name: skill.name, description: skill.description, folder, location: join(folder, SKILL_FILE) }];
    });

  /** Of these names only; undefined is all. */
  return async (names: readonly string[] | undefined): Promise<readonly OfferedSkill[]> => {
    const { changes } = registry;
    if (!known || known.changes !== changes || performance.now() - known.at > FRESH_MS) {
      known = { at: performance.now(), changes, offered: look() };
      known.offered.catch(() => (known = undefined));
    }
    const offered = await known.offered;
    return names === undefined ? offered : offered.filter(({ name }) => names.includes(name));
  };
};
