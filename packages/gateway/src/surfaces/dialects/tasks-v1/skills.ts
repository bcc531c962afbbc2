import { disableSkill, enableSkill, getSkill, installSkill, listSkills, removeSkill, type Skill, type SkillDetails } from '@openclaw/contract';
import { type Route, route } from '../../kit/dialect.ts';
import { fieldsOf } from '../../kit/read-fields.ts';

const skillWords = ({ installedAt, installedBy, treeHash, ...rest }: Skill): object => ({
  ...rest, tree_hash: treeHash, installed_at: installedAt, installed_by: installedBy,
});

const detailWords = ({ userInvocable, modelInvocable, ...rest }: SkillDetails): object => ({
  ...skillWords(rest), user_invocable: userInvocable, model_invocable: modelInvocable,
});

const list = route({
  method: 'GET',
  path: '/api/v1/skills',
  operation: listSkills,
  status: 200,
  toInput: ({ query: { limit, offset } }) => ({ limit, offset }),
  toReply: ({ skills, ...page }) => ({ skills: skills.map(skillWords), ...page }),
});

/** A package may bring several skills: then the first is told as usual, and all of them with it. */
const install = route({
  method: 'POST',
  path: '/api/v1/skills',
  operation: installSkill,
  status: 201,
  toInput: ({ body }) => fieldsOf(body),
  toReply: ({ skills }) => ({ ...skills.slice(0, 1).map(skillWords)[0], ...(skills.length > 1 && { skills: skills.map(skillWords) }) }),
});

const one = route({
  method: 'GET',
  path: '/api/v1/skills/:name',
  operation: getSkill,
  status: 200,
  toInput: ({ params }) => ({ skill: params['name'] }),
  toReply: detailWords,
});

const enable = route({
  method: 'POST',
  path: '/api/v1/skills/:name/enable',
  operation: enableSkill,
  status: 200,
  toInput: ({ params }) => ({ skill: params['name'] }),
  toReply: skillWords,
});

const disable = route({
  method: 'POST',
  path: '/api/v1/skills/:name/disable',
  operation: disableSkill,
  status: 200,
  toInput: ({ params }) => ({ skill: params['name'] }),
  toReply: skillWords,
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/skills/:name',
  operation: removeSkill,
  status: 200,
  toInput: ({ params }) => ({ skill: params['name'] }),
  toReply: (output) => output,
});

/** The document's skills management. */
export const skillRoutes: readonly Route[] = [list, install, one, enable, disable, remove];
