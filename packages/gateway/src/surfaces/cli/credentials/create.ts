import { type Client, named } from '@openclaw/client';
import type { createCredential, NewCredential, RequestOf, rotateCredential, Scope } from '@openclaw/contract';
import { facts } from '../kit/facts.ts';
import { plainLine, writeJson } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

interface Grants {
  readonly workspaces?: string[];
  readonly rateLimit?: number;
  readonly tokensPerDay?: number;
  readonly usdPerDay?: number;
  readonly addresses?: string[];
  readonly expires?: string;
  readonly json?: boolean;
}

const CREATE = named<typeof createCredential>('credentials.create');
const ROTATE = named<typeof rotateCredential>('credentials.rotate');

type Permissions = RequestOf<typeof createCredential>['permissions'];

export const createKey = async (host: CliHost, { label, permissions, ...grants }: Grants & { readonly label: string; readonly permissions?: string[] }): Promise<void> => {
  const { client } = await host.connect();
  // The gateway knows which permissions there are, and says so.
  const chosen = permissions === undefined ? {} : { permissions: permissions as Permissions };
  show(await create(client, { kind: 'api-key', name: label, ...chosen, ...toInput(grants) }), grants.json);
};

export const createToken = async (host: CliHost, { name, scope, ...grants }: Grants & { readonly name: string; readonly scope: Scope }): Promise<void> => {
  const { client } = await host.connect();
  show(await create(client, { kind: 'token', name, scope, ...toInput(grants) }), grants.json);
};

export const rotateKey = async (host: CliHost, credential: string, { json }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  show(await client.call(ROTATE, { credential, kind: 'api-key' }), json);
};

const create = (client: Client, input: RequestOf<typeof createCredential>): Promise<NewCredential> => client.call(CREATE, input);

const toInput = ({ workspaces, rateLimit, tokensPerDay, usdPerDay, addresses, expires }: Grants) => ({
  ...(workspaces && { workspaces }),
  ...(rateLimit !== undefined && { rateLimit }),
  ...((tokensPerDay !== undefined || usdPerDay !== undefined) && {
    budget: { ...(tokensPerDay !== undefined && { tokensPerDay }), ...(usdPerDay !== undefined && { usdPerDay }) },
  }),
  ...(addresses && { addresses }),
  ...(expires !== undefined && { expiresAt: momentOf(expires) }),
});

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** `90d` from now, or a date. */
const momentOf = (text: string): string => {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhdwy])$/.exec(text) ?? [];
  const at = UNITS[unit] === undefined ? Date.parse(text) : Date.now() + Number(count) * UNITS[unit];
  if (Number.isNaN(at)) throw new CliError(`--expires: "${text}" is neither a date (2027-01-31) nor a time from now (90d, 12h)`, 2);
  return new Date(at).toISOString();
};

const show = (made: NewCredential, json = false): void => {
  if (json) return writeJson(made);
  const { kind, secret, name, scope, workspaces, permissions, rateLimit, createdAt, expiresAt } = made;
  const token = kind === 'token';
  process.stdout.write(
    facts([
      [token ? 'Token:' : 'API Key:', secret],
      [token ? 'Name:' : 'Label:', plainLine(name)],
      ['Scope:', scope ?? undefined],
      ['Workspaces:', workspaces.includes('*') ? 'all' : workspaces.join(', ')],
      ['Permissions:', token ? undefined : permissions.join(', ')],
      ['Rate limit:', rateLimit === null ? undefined : `${rateLimit} requests a minute`],
      ['Created:', createdAt?.slice(0, 10)],
      ['Expires:', expiresAt?.slice(0, 10)],
    ]),
  );
  process.stdout.write(`Save this ${token ? 'token' : 'key'} immediately — it is only shown once.\n`);
};
