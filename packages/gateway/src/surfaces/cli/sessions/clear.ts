import { type Client, named } from '@openclaw/client';
import type { clearSessions, deleteSession, getSession, Session } from '@openclaw/contract';
import { canAsk, confirm, plainLine } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

interface ClearFlags {
  readonly all?: boolean;
  readonly workspace: string;
  readonly yes?: boolean;
}

const GET = named<typeof getSession>('sessions.get');
const DELETE = named<typeof deleteSession>('sessions.delete');
const CLEAR = named<typeof clearSessions>('sessions.clear');

export const sessionsClear = async (host: CliHost, names: readonly string[], { all = false, workspace, yes = false }: ClearFlags): Promise<void> => {
  if (all === names.length > 0) throw new CliError('Name the sessions to delete, or say --all: openclaw sessions clear work', 2);
  const { client } = await host.connect();
  if (all) {
    await agreeTo(`every session of the workspace ${workspace}`, yes);
    const { deleted } = await client.call(CLEAR, { workspace });
    process.stdout.write(`${deleted} ${deleted === 1 ? 'session' : 'sessions'} deleted\n`);
    return;
  }
  // A name that is not there is told before anything is deleted.
  const sessions = await findAll(client, names);
  await agreeTo(sessions.map(({ key, messageCount }) => `${plainLine(key)} (${messageCount} messages)`).join(', '), yes);
  for (const { id, key } of sessions) {
    const { deleted } = await client.call(DELETE, { session: id });
    process.stdout.write(`${plainLine(key)} ${deleted ? 'is deleted' : 'was gone already'}\n`);
  }
};

const findAll = async (client: Client, names: readonly string[]): Promise<readonly Session[]> => {
  const sessions: Session[] = [];
  for (const session of names) sessions.push(await client.call(GET, { session }));
  return sessions;
};

const agreeTo = async (what: string, yes: boolean): Promise<void> => {
  if (yes) return;
  if (!canAsk()) throw new CliError('Nobody is here to be asked, so nothing was deleted: say --yes', 2);
  if (!(await confirm(`Delete ${what}? It cannot be undone.`))) throw new CliError('Nothing was deleted');
};
