import { named } from '@openclaw/client';
import type { changeAllowlist, createWorkspace, deleteWorkspace, getWorkspace, updateWorkspace } from '@openclaw/contract';
import { canAsk, confirm } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import { showWorkspace } from './show.ts';

interface Settings {
  readonly label?: string;
  readonly agent?: string;
  readonly skills?: string[];
  readonly tokensPerDay?: number;
  readonly usdPerDay?: number;
  readonly json?: boolean;
}

const GET = named<typeof getWorkspace>('workspaces.get');
const CREATE = named<typeof createWorkspace>('workspaces.create');
const UPDATE = named<typeof updateWorkspace>('workspaces.update');
const ALLOW = named<typeof changeAllowlist>('workspaces.allowlist');
const DELETE = named<typeof deleteWorkspace>('workspaces.delete');

const toInput = ({ label, agent, skills, tokensPerDay, usdPerDay }: Settings) => ({
  ...(label !== undefined && { label }),
  ...(agent !== undefined && { agent }),
  ...(skills && { skills }),
  ...((tokensPerDay !== undefined || usdPerDay !== undefined) && {
    budget: { ...(tokensPerDay !== undefined && { tokensPerDay }), ...(usdPerDay !== undefined && { usdPerDay }) },
  }),
});

export const workspacesCreate = async (host: CliHost, id: string, { json = false, ...settings }: Settings): Promise<void> => {
  const { client } = await host.connect();
  showWorkspace(await client.call(CREATE, { id, ...toInput(settings) }), json);
};

export const workspacesUpdate = async (host: CliHost, id: string, { json = false, ...settings }: Settings): Promise<void> => {
  const { client } = await host.connect();
  showWorkspace(await client.call(UPDATE, { id, ...toInput(settings) }), json);
};

export const workspacesAllow = async (
  host: CliHost,
  id: string,
  change: { readonly add?: string[]; readonly remove?: string[] },
  { json = false }: { readonly json?: boolean },
): Promise<void> => {
  const { client } = await host.connect();
  showWorkspace(await client.call(ALLOW, { id, ...change }), json);
};

export const workspacesDelete = async (host: CliHost, id: string, { yes = false }: { readonly yes?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const { sessions } = await client.call(GET, { id });
  if (!yes) {
    if (!canAsk()) throw new CliError('Nobody is here to be asked, so nothing was deleted: say --yes', 2);
    if (!(await confirm(`Delete the workspace ${id} with ${sessions} ${sessions === 1 ? 'session' : 'sessions'} and its files? It cannot be undone.`))) throw new CliError('Nothing was deleted');
  }
  const deleted = await client.call(DELETE, { id });
  process.stdout.write(`The workspace ${id} is deleted, with ${deleted.sessions} ${deleted.sessions === 1 ? 'session' : 'sessions'}\n`);
};
