import { changeAllowlist, createWorkspace, deleteWorkspace, listWorkspaces, updateWorkspace, Workspace } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';

const { label, agent, skills, allowlist, budget } = createWorkspace.input.shape;
const { add, remove } = changeAllowlist.input.shape;
const changed = updateWorkspace.input.shape;

const NewWorkspace = z.object({
  id: Workspace.describe('What it is called in every request; it never changes.'),
  label: label.describe('What people call it; the id unless told.'),
  agent: agent.describe('The profile its turns run with: `fast`, `balanced`, `powerful`, or one of the configuration. Without one, the gateway’s own agent.'),
  skills: skills.describe('The skills its agent is shown; all unless told.'),
  allowlist: allowlist.describe('Who may write by way of a channel: `telegram:123456789`.'),
  budget,
});

const WorkspaceChanges = z.object({
  label: changed.label,
  agent: changed.agent.describe('null: the gateway’s own agent.'),
  skills: changed.skills.describe('null: all of them.'),
  budget: changed.budget.describe('null: none.'),
});

const AllowlistChanges = z.object({ add, remove });
const WorkspaceList = listWorkspaces.output;

const params = z.object({ id: Workspace.describe('A workspace.') });

const example = {
  id: 'new-team', label: 'New Team', agent: 'balanced', skills: ['web-search', 'memory'], allowlist: [], budget: null, sessions: 0,
  createdAt: '2026-04-30T10:00:00.000Z', updatedAt: '2026-04-30T10:00:00.000Z',
};
const allowing = { ...example, allowlist: ['telegram:123456789'] };
const wanted = { id: 'new-team', label: 'New Team', agent: 'balanced', skills: ['web-search', 'memory'] };

export const workspacesDescribed: PartDescription = {
  schemas: { NewWorkspace, WorkspaceChanges, AllowlistChanges, WorkspaceList },
  routes: {
    'GET /api/v1/workspaces': {
      id: 'listWorkspaces',
      tag: 'Workspaces',
      query: z.object(listWorkspaces.input.shape),
      reply: WorkspaceList,
      examples: { reply: { workspaces: [example], total: 1, limit: 50, offset: 0 } },
    },
    'GET /api/v1/workspaces/:id': { id: 'getWorkspace', tag: 'Workspaces', params, reply: createWorkspace.output, examples: { reply: example } },
    'POST /api/v1/workspaces': { id: 'createWorkspace', tag: 'Workspaces', body: NewWorkspace, reply: createWorkspace.output, examples: { body: wanted, reply: example } },
    'PATCH /api/v1/workspaces/:id': {
      id: 'updateWorkspace', tag: 'Workspaces', params, body: WorkspaceChanges, reply: updateWorkspace.output, examples: { body: { label: 'New Team', budget: { usdPerDay: 5 } }, reply: { ...example, budget: { usdPerDay: 5 } } },
    },
    'PATCH /api/v1/workspaces/:id/allowlist': {
      id: 'changeAllowlist',
      tag: 'Workspaces',
      params,
      body: AllowlistChanges,
      reply: changeAllowlist.output,
      examples: { body: { add: ['telegram:123456789'], remove: ['telegram:987654321'] }, reply: allowing },
    },
    'DELETE /api/v1/workspaces/:id': { id: 'deleteWorkspace', tag: 'Workspaces', params, reply: deleteWorkspace.output, examples: { reply: { deleted: true, sessions: 3 } } },
  },
};
