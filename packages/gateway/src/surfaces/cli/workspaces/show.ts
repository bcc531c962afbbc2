import { named } from '@openclaw/client';
import type { Budget, getWorkspace, listWorkspaces, WorkspaceDetails } from '@openclaw/contract';
import { facts } from '../kit/facts.ts';
import { money } from '../kit/figures.ts';
import { type Page, readPages } from '../kit/pages.ts';
import { table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly json?: boolean;
}

const LIST = named<typeof listWorkspaces>('workspaces.list');
const GET = named<typeof getWorkspace>('workspaces.get');

export const workspacesList = async (host: CliHost, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const ask = (page: Page) => client.call(LIST, page).then((listed) => ({ rows: listed.workspaces, total: listed.total }));
  const { rows: workspaces } = await readPages(ask, { keyOf: ({ id }) => id });
  if (json) return writeJson({ workspaces, total: workspaces.length });
  const columns = [{ title: 'WORKSPACE' }, { title: 'LABEL', flexible: true }, { title: 'AGENT' }, { title: 'SESSIONS', align: 'right' }, { title: 'CREATED' }] as const;
  const rows = workspaces.map(({ id, label, agent, sessions, createdAt }) => [id, label, agent ?? 'main', String(sessions), createdAt.slice(0, 10)]);
  writeLines(table(columns, rows, process.stdout.isTTY ? process.stdout.columns : undefined));
};

export const workspacesShow = async (host: CliHost, id: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  showWorkspace(await client.call(GET, { id }), json);
};

export const showWorkspace = (workspace: WorkspaceDetails, json: boolean): void => {
  if (json) return writeJson(workspace);
  const { id, label, agent, skills, allowlist, budget, sessions, createdAt } = workspace;
  process.stdout.write(
    facts([
      ['Workspace', id],
      ['Label', plainLine(label)],
      ['Agent', agent ?? 'main'],
      ['Skills', skills === null ? 'all' : skills.join(', ') || 'none'],
      ['May write', allowlist.map(plainLine).join(', ') || 'nobody by way of a channel'],
      ['Budget', describeBudget(budget)],
      ['Sessions', sessions],
      ['Created', createdAt],
    ]),
  );
};

const describeBudget = (budget: Budget | null): string | undefined => {
  const { tokensPerDay, usdPerDay } = budget ?? {};
  const parts = [...(tokensPerDay === undefined ? [] : [`${tokensPerDay} tokens`]), ...(usdPerDay === undefined ? [] : [money(usdPerDay)])];
  return parts.length === 0 ? undefined : `${parts.join(' and ')} a day`;
};
