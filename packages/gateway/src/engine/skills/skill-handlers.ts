import type { disableSkill, enableSkill, getSkill, installSkill, listSkills, removeSkill } from '@openclaw/contract';
import { GatewayError, type InputOf, type SkillDetails } from '@openclaw/contract';
import type { Caller } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { DescribedSkill } from './describe-skill.ts';
import type { SkillRegistry, WantedPackage } from './skill-registry.ts';

/** What can be done with skills, behind the door. */
export const skillHandlers = (registry: SkillRegistry) => {
  const list: Handler<typeof listSkills> = async ({ limit, offset }) => {
    const all = await registry.list();
    return { skills: all.slice(offset, offset + limit).map(({ skill }) => skill), total: all.length, limit, offset };
  };

  const get: Handler<typeof getSkill> = async ({ skill }) => {
    const described = await registry.find(skill);
    return details(described, registry.folder(described.skill.name));
  };

  const install: Handler<typeof installSkill> = async (input, { caller, once }) => {
    const wanted = wantedPackage(input);
    if (wanted.source !== 'npm') requireAdmin(caller);
    return { skills: [...(await registry.install(wanted, caller.id, once))] };
  };

  const enable: Handler<typeof enableSkill> = ({ skill }) => registry.setEnabled(skill, true);
  const disable: Handler<typeof disableSkill> = ({ skill }) => registry.setEnabled(skill, false);

  const remove: Handler<typeof removeSkill> = async ({ skill }, { caller, once }) => {
    await registry.remove(skill, caller.id, once);
    return { deleted: true };
  };

  return { list, get, install, enable, disable, remove };
};

/** The schema has seen to it that one of them is there. */
const wantedPackage = ({ name = '', version = 'latest', folder, archive, git, ref }: InputOf<typeof installSkill>): WantedPackage => {
  if (folder !== undefined) return { source: 'folder', path: folder };
  if (archive !== undefined) return { source: 'archive', path: archive };
  if (git !== undefined) return { source: 'git', url: git, ref };
  return { source: 'npm', name, version };
};

/** These read the gateway's own disk, or reach any host. */
const requireAdmin = (caller: Caller): void => {
  if (caller.permissions.has('gateway:admin')) return;
  throw new GatewayError('forbidden', 'This credential lacks the permission gateway:admin, which installing from a folder, an archive or a repository takes', { permission: 'gateway:admin' });
};

const details = ({ skill, manifest, files, changes }: DescribedSkill, folder: string): SkillDetails => ({
  ...skill,
  folder,
  homepage: manifest?.homepage ?? null,
  license: manifest?.license ?? null,
  userInvocable: manifest?.userInvocable ?? false,
  modelInvocable: manifest?.modelInvocable ?? false,
  files: files.map(({ path, bytes }) => ({ path, bytes })),
  changes: [...changes],
  instructions: (manifest?.body ?? '').replaceAll('{baseDir}', () => folder),
});
