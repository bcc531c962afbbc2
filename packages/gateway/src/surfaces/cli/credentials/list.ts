import { named } from '@openclaw/client';
import type { Credential, CredentialKind, listCredentials, revokeCredential } from '@openclaw/contract';
import { ago } from '../kit/figures.ts';
import { type Page, readPages } from '../kit/pages.ts';
import { table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

const LIST = named<typeof listCredentials>('credentials.list');
const REVOKE = named<typeof revokeCredential>('credentials.revoke');

export const listKeys = async (host: CliHost, kind: CredentialKind, { revoked = false, json = false }: { readonly revoked?: boolean; readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const ask = (page: Page) => client.call(LIST, { kind, revoked, ...page }).then((listed) => ({ rows: listed.credentials, total: listed.total }));
  const { rows: credentials } = await readPages(ask, { keyOf: ({ id }) => id });
  if (json) return writeJson({ credentials, total: credentials.length });
  if (credentials.length === 0) {
    process.stderr.write(kind === 'token' ? 'There is no token yet. Try: claw token create --name "my-integration"\n' : 'There is no key yet. Try: openclaw api-key create --label "My App"\n');
    return;
  }
  const token = kind === 'token';
  const columns = [
    { title: 'NAME', flexible: true }, { title: token ? 'TOKEN' : 'KEY' }, { title: token ? 'SCOPE' : 'PERMISSIONS' }, { title: 'WORKSPACES' }, { title: 'CREATED' }, { title: 'LAST USED' }, { title: 'STATE' },
  ] as const;
  writeLines(table(columns, credentials.map(toRow), process.stdout.isTTY ? process.stdout.columns : undefined));
};

const toRow = ({ name, masked, scope, permissions, workspaces, createdAt, lastUsedAt, revokedAt, expiresAt, source }: Credential): readonly string[] => [
  name,
  masked,
  scope ?? String(permissions.length),
  workspaces.includes('*') ? 'all' : workspaces.join(','),
  createdAt?.slice(0, 10) ?? '',
  lastUsedAt === null ? 'never' : ago(lastUsedAt),
  stateOf(revokedAt, expiresAt, source),
];

const stateOf = (revokedAt: string | null, expiresAt: string | null, source: Credential['source']): string => {
  if (revokedAt !== null) return 'revoked';
  if (expiresAt !== null) return Date.parse(expiresAt) <= Date.now() ? 'expired' : `until ${expiresAt.slice(0, 10)}`;
  return source === 'config' ? 'in the configuration' : 'holds';
};

export const revokeKey = async (
  host: CliHost,
  kind: CredentialKind,
  ref: string | undefined,
  { name, json = false }: { readonly name?: string; readonly json?: boolean },
): Promise<void> => {
  const credential = ref ?? name;
  const what = kind === 'token' ? 'token' : 'key';
  if (credential === undefined || (ref !== undefined && name !== undefined)) {
    throw new CliError(`Name one ${what} to revoke: openclaw ${kind} revoke <name>. openclaw ${kind} list shows them.`, 2);
  }
  const { client } = await host.connect();
  const ended = await client.call(REVOKE, { credential, kind });
  if (json) writeJson(ended);
  else process.stdout.write(`The ${what} ${plainLine(ended.name)} (${ended.masked}) is revoked\n`);
};
