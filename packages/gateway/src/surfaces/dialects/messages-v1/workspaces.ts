import { changeAllowlist, createWorkspace, deleteWorkspace, getWorkspace, listWorkspaces, updateWorkspace } from '@openclaw/contract';
import { route } from '../../kit/dialect.ts';
import { fieldsOf } from '../../kit/read-fields.ts';

const list = route({
  method: 'GET',
  path: '/api/v1/workspaces',
  operation: listWorkspaces,
  status: 200,
  toInput: ({ query: { limit, offset } }) => ({ limit, offset }),
  toReply: (output) => output,
});

const one = route({
  method: 'GET',
  path: '/api/v1/workspaces/:id',
  operation: getWorkspace,
  status: 200,
  toInput: ({ params }) => ({ id: params['id'] }),
  toReply: (output) => output,
});

const create = route({
  method: 'POST',
  path: '/api/v1/workspaces',
  operation: createWorkspace,
  status: 201,
  toInput: ({ body }) => {
    const { id, label, agent, skills, allowlist, budget } = fieldsOf(body);
    return { id, label, agent, skills, allowlist, budget };
  },
  toReply: (output) => output,
});

const update = route({
  method: 'PATCH',
  path: '/api/v1/workspaces/:id',
  operation: updateWorkspace,
  status: 200,
  toInput: ({ params, body }) => {
    const { label, agent, skills, budget } = fieldsOf(body);
    return { id: params['id'], label, agent, skills, budget };
  },
  toReply: (output) => output,
});

const allow = route({
  method: 'PATCH',
  path: '/api/v1/workspaces/:id/allowlist',
  operation: changeAllowlist,
  status: 200,
  toInput: ({ params, body }) => {
    const { add, remove: taken } = fieldsOf(body);
    return { id: params['id'], add, remove: taken };
  },
  toReply: (output) => output,
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/workspaces/:id',
  operation: deleteWorkspace,
  status: 200,
  toInput: ({ params }) => ({ id: params['id'] }),
  toReply: (output) => output,
});

/** Workspaces of the third document. */
export const workspaceRoutes = [list, one, create, update, allow, remove];
