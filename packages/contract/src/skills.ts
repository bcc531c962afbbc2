import { z } from 'zod';
import { operation } from './operation.ts';
import { Page } from './sessions.ts';

/** As the agentskills form has it; also the name of the skill's folder. */
export const SkillName = z.string().min(1).max(64).regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'small letters, digits and single hyphens only');

const PACKAGE = 'the name of an npm package: small letters, digits, dot, dash and underscore, perhaps behind @scope/';

/** The name of an npm package. Every name of a skill is one too. */
export const PackageName = z.string().min(1).max(214).regex(/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/, PACKAGE);

const VERSION = 'an exact version such as 1.2.3, or a tag such as latest; no range';
const EXACT = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
/** What npm would read as a range (`x`, `v1`) is no tag. */
const TAG = /^(?!x$|v?\d)[a-z][a-z0-9._-]*$/i;

export const SkillVersion = z.string().min(1).max(128).refine((text) => EXACT.test(text) || TAG.test(text), VERSION);

const hostPath = z.string().min(1).max(4_096).regex(/^(?:\/|[A-Za-z]:[\\/])[^\0]*$/, "an absolute path on the gateway's machine");

const GIT_URL = 'an https:// or file:/// address without a user, a password or a query in it';
const isGitUrl = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || /[\u0000-\u0020\u007f]/.test(text) || url.username !== '' || url.password !== '') return false;
  // Git is told it as an argument, which everybody on the machine can read, and where a skill is from is shown: no place for a token.
  if (url.search !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'file:' && url.host === '' && text.startsWith('file:///'));
};
const gitUrl = z.string().min(1).max(2_048).refine(isGitUrl, GIT_URL);
const gitRef = z.string().min(1).max(200).regex(/^(?!.*(?:\.\.|\/\/|\.lock$|[/.]$))[A-Za-z0-9][\w./-]*$/, 'a branch, a tag or a commit');

/** `local`: somebody put it into the folder of skills by hand. */
export const SkillSourceKind = z.enum(['npm', 'folder', 'archive', 'git', 'local']);
export type SkillSourceKind = z.infer<typeof SkillSourceKind>;

export const Skill = z.object({
  name: z.string(),
  description: z.string(),
  /** Of the package it came in, else what its SKILL.md says. */
  version: z.string().nullable(),
  /** Switched on by whoever may. One whose instructions look dangerous is off until somebody switches it on. */
  enabled: z.boolean(),
  /** What it needs is here. Where not, `reasons` says what is missing; it is not put before the model then. */
  eligible: z.boolean(),
  reasons: z.array(z.string()),
  source: SkillSourceKind,
  /** The package, path or address it was installed from. */
  from: z.string().nullable(),
  /** Of the very bytes that were unpacked; null where nothing was packed. For git the commit. */
  integrity: z.string().nullable(),
  /** Over the names and contents of its files as they are now. */
  treeHash: z.string(),
  installedAt: z.iso.datetime().nullable(),
  installedBy: z.string().nullable(),
  /** A file is not as it was installed. */
  modified: z.boolean(),
  /** What to look at before trusting it. */
  warnings: z.array(z.string()),
  /** Why it cannot be used at all. */
  problem: z.string().optional(),
});
export type Skill = z.infer<typeof Skill>;

export const SkillDetails = Skill.extend({
  /** Its folder, and in it SKILL.md. */
  folder: z.string(),
  homepage: z.string().nullable(),
  license: z.string().nullable(),
  userInvocable: z.boolean(),
  modelInvocable: z.boolean(),
  files: z.array(z.object({ path: z.string(), bytes: z.number().int() })),
  /** Where `modified`: in which files. */
  changes: z.array(z.object({ path: z.string(), change: z.enum(['added', 'changed', 'removed']) })),
  /** The text below the frontmatter, `{baseDir}` filled in. What others wrote: to be read, not obeyed. */
  instructions: z.string(),
});
export type SkillDetails = z.infer<typeof SkillDetails>;

/** By its own name, or by that of the package it came in. */
const skill = PackageName;

export const listSkills = operation({
  name: 'skills.list',
  permission: 'skills:read',
  kind: 'read',
  summary: 'The installed skills by name, broken ones with their problem.',
  input: z.strictObject({ ...Page.shape }),
  output: z.object({ skills: z.array(Skill), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const getSkill = operation({
  name: 'skills.get',
  permission: 'skills:read',
  kind: 'read',
  summary: 'One skill with its files, what changed in them, and its instructions.',
  input: z.strictObject({ skill }),
  output: SkillDetails,
  errors: ['skill_not_found', 'conflict'],
});

export const installSkill = operation({
  name: 'skills.install',
  permission: 'skills:write',
  kind: 'write',
  summary: "Installs the skills of an npm package; from the gateway's own disk or a git repository for who holds gateway:admin too.",
  input: z
    .strictObject({
      name: PackageName.optional(),
      version: SkillVersion.optional(),
      folder: hostPath.optional(),
      archive: hostPath.optional(),
      git: gitUrl.optional(),
      /** With `git`. */
      ref: gitRef.optional(),
    })
    .refine(({ name, folder, archive, git }) => [name, folder, archive, git].filter((one) => one !== undefined).length === 1, {
      path: ['name'],
      message: 'say one of name, folder, archive and git',
    })
    .refine(({ name, version }) => version === undefined || name !== undefined, { path: ['version'], message: 'goes with name only' })
    .refine(({ git, ref }) => ref === undefined || git !== undefined, { path: ['ref'], message: 'goes with git only' }),
  output: z.object({ skills: z.array(Skill) }),
  errors: ['skill_refused', 'skill_not_found', 'conflict', 'skill_source_failed'],
});

export const enableSkill = operation({
  name: 'skills.enable',
  permission: 'skills:write',
  kind: 'write',
  summary: 'Switches a skill on: the agent may use it from the next turn on.',
  input: z.strictObject({ skill }),
  output: Skill,
  errors: ['skill_not_found', 'conflict'],
});

export const disableSkill = operation({
  name: 'skills.disable',
  permission: 'skills:write',
  kind: 'write',
  summary: 'Switches a skill off; it stays installed.',
  input: z.strictObject({ skill }),
  output: Skill,
  errors: ['skill_not_found', 'conflict'],
});

export const removeSkill = operation({
  name: 'skills.remove',
  permission: 'skills:write',
  kind: 'write',
  summary: 'Takes an installed skill away with its files.',
  input: z.strictObject({ skill }),
  output: z.object({ deleted: z.boolean() }),
  errors: ['skill_not_found', 'conflict'],
});
