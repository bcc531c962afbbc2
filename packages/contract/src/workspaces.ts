import { z } from 'zod';
import { Budget } from './budget.ts';
import { operation } from './operation.ts';
import { Page, Workspace } from './sessions.ts';
import { plainText } from './text.ts';

/** `fast`, `balanced`, `powerful`, or an agent of the configuration. */
const Profile = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'the name of a profile');
const SkillNames = z.array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'the name of a skill')).max(200);
/** `telegram:123456789`: who may write by way of a channel. */
const Sender = plainText(200).trim().min(1);
const Label = plainText(200).trim().min(1);

/** A team, a project, a customer: sessions, files, rights and limits of its own. */
export const WorkspaceDetails = z.object({
  id: z.string(),
  label: z.string(),
  /** The profile its turns run with; null where it is the gateway's own agent. */
  agent: z.string().nullable(),
  /** The skills its agent is shown; null where it is shown all. */
  skills: z.array(z.string()).nullable(),
  allowlist: z.array(z.string()),
  budget: Budget.nullable(),
  sessions: z.number().int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type WorkspaceDetails = z.infer<typeof WorkspaceDetails>;

export const listWorkspaces = operation({
  name: 'workspaces.list',
  permission: 'workspaces:read',
  kind: 'read',
  summary: 'The workspaces the caller may enter, by name.',
  input: z.strictObject(Page.shape),
  output: z.object({ workspaces: z.array(WorkspaceDetails), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const getWorkspace = operation({
  name: 'workspaces.get',
  permission: 'workspaces:read',
  kind: 'read',
  summary: 'One workspace.',
  input: z.strictObject({ id: Workspace }),
  output: WorkspaceDetails,
  errors: ['workspace_not_found'],
});

export const createWorkspace = operation({
  name: 'workspaces.create',
  permission: 'workspaces:write',
  kind: 'write',
  summary: 'Makes a workspace.',
  input: z.strictObject({ id: Workspace, label: Label.optional(), agent: Profile.optional(), skills: SkillNames.optional(), allowlist: z.array(Sender).max(10_000).optional(), budget: Budget.optional() }),
  output: WorkspaceDetails,
  errors: ['conflict'],
});

export const updateWorkspace = operation({
  name: 'workspaces.update',
  permission: 'workspaces:write',
  kind: 'write',
  summary: 'Changes what is named; null takes a setting away.',
  input: z.strictObject({ id: Workspace, label: Label.optional(), agent: Profile.nullable().optional(), skills: SkillNames.nullable().optional(), budget: Budget.nullable().optional() }),
  output: WorkspaceDetails,
  errors: ['workspace_not_found'],
});

export const changeAllowlist = operation({
  name: 'workspaces.allowlist',
  permission: 'workspaces:write',
  kind: 'write',
  summary: 'Adds to and takes from the list of who may write by way of a channel. Whoever is in both stays out.',
  input: z.strictObject({ id: Workspace, add: z.array(Sender).max(10_000).default([]), remove: z.array(Sender).max(10_000).default([]) }),
  output: WorkspaceDetails,
  errors: ['workspace_not_found'],
});

export const deleteWorkspace = operation({
  name: 'workspaces.delete',
  permission: 'workspaces:write',
  kind: 'write',
  summary: 'Deletes a workspace with its sessions, files and jobs, and the webhooks that tell of it alone. What runs in it is cancelled.',
  input: z.strictObject({ id: Workspace }),
  output: z.object({ deleted: z.boolean(), sessions: z.number().int() }),
  errors: ['workspace_not_found'],
});
