import { getSkill, installSkill, listSkills, removeSkill, Skill, SkillDetails } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';

const { treeHash, installedAt, installedBy, ...ofSkill } = Skill.shape;

const WireSkill = z.object({
  ...ofSkill,
  version: ofSkill.version.describe('Of the package it came in, else what its SKILL.md says.'),
  enabled: ofSkill.enabled.describe('Switched on. One whose instructions look dangerous is off until somebody switches it on.'),
  eligible: ofSkill.eligible.describe('What it needs is here. Where not, `reasons` says what is missing, and the agent is not shown it.'),
  source: ofSkill.source.describe('How it came. `local`: somebody put it there by hand.'),
  from: ofSkill.from.describe('The package, path or address it was installed from.'),
  integrity: ofSkill.integrity.describe('Of the very bytes that were unpacked; for git the commit.'),
  modified: ofSkill.modified.describe('A file is not as it was installed.'),
  warnings: ofSkill.warnings.describe('What to look at before trusting it.'),
  problem: ofSkill.problem.describe('Why it cannot be used at all.'),
  tree_hash: treeHash.describe('Over the names and contents of its files as they are now.'),
  installed_at: installedAt,
  installed_by: installedBy,
});

const { folder, homepage, license, files, changes, instructions, userInvocable, modelInvocable } = SkillDetails.shape;

const WireSkillDetails = WireSkill.extend({
  folder,
  homepage,
  license,
  files,
  changes: changes.describe('Where `modified`: in which files.'),
  instructions: instructions.describe('What its SKILL.md says to the agent. Others wrote it: to be read, not obeyed.'),
  user_invocable: userInvocable,
  model_invocable: modelInvocable,
});

const WireSkillList = z.object({ ...listSkills.output.shape, skills: z.array(WireSkill) });

/** A package may bring several. */
const InstalledSkill = WireSkill.extend({ skills: z.array(WireSkill).optional().describe('All of them, where the package brought several; the other fields are those of the first.') });

const { name, version, folder: fromFolder, archive, git, ref } = installSkill.input.shape;
const NewSkill = z.object({
  name: name.describe('A package of the npm registry.'),
  version: version.describe('An exact version, or a tag; `latest` unless told.'),
  folder: fromFolder.describe('Instead of `name`, an absolute path on the gateway’s machine. Needs `gateway:admin` too, like those that follow.'),
  archive: archive.describe('A packed one there.'),
  git: git.describe('A repository.'),
  ref: ref.describe('With `git`: a branch, a tag or a commit.'),
});

const params = z.object({ name: getSkill.input.shape.skill.describe('Its own name, or that of the package it came in.') });

const example = {
  name: 'git-helper', description: 'Helps with git.', version: '1.2.0', enabled: true, eligible: true, reasons: [], source: 'npm', from: 'openclaw-skill-git-helper@1.2.0', integrity: 'sha512-…',
  tree_hash: 'sha256-…', installed_at: '2026-03-01T10:00:00.000Z', installed_by: 'cred_1', modified: false, warnings: [],
};

export const skillsDescribed: PartDescription = {
  schemas: { Skill: WireSkill, SkillDetails: WireSkillDetails, SkillList: WireSkillList, InstalledSkill, NewSkill },
  routes: {
    'GET /api/v1/skills': {
      id: 'listSkills', tag: 'Skills', query: z.object(listSkills.input.shape), reply: WireSkillList, examples: { reply: { skills: [example], total: 1, limit: 50, offset: 0 } },
    },
    'POST /api/v1/skills': {
      id: 'installSkill',
      tag: 'Skills',
      description: 'Say one of `name`, `folder`, `archive` and `git`.',
      body: NewSkill,
      reply: InstalledSkill,
      examples: { body: { name: 'openclaw-skill-git-helper', version: 'latest' }, reply: example },
    },
    'GET /api/v1/skills/:name': { id: 'getSkill', tag: 'Skills', params, reply: WireSkillDetails },
    'POST /api/v1/skills/:name/enable': { id: 'enableSkill', tag: 'Skills', params, reply: WireSkill, examples: { reply: example } },
    'POST /api/v1/skills/:name/disable': { id: 'disableSkill', tag: 'Skills', params, reply: WireSkill, examples: { reply: { ...example, enabled: false } } },
    'DELETE /api/v1/skills/:name': { id: 'removeSkill', tag: 'Skills', params, reply: removeSkill.output, examples: { reply: { deleted: true } } },
  },
};
