import { type Caller, restoreCaller } from './caller.ts';
import type { ConfiguredKey } from './configured-key.ts';
import type { CredentialBook } from './credential-book.ts';
import type { CredentialRecord } from '../ports/access-store.ts';
import type { StoredCaller } from '../ports/turn-records.ts';

interface Deps {
  readonly book: Pick<CredentialBook, 'all'>;
  readonly configured: () => readonly ConfiguredKey[];
  readonly now: () => number;
}

/** Who something acts for that was left to be done later; or why it is not done for them any more. */
export type Standing = (stored: StoredCaller) => { readonly caller: Caller } | { readonly refused: string };

/** Looks at a credential again long after it was shown: one that was revoked or has expired does nothing more, one that was rotated goes on. */
export const createStanding = ({ book, configured, now }: Deps): Standing => {
  const successorOf = (record: CredentialRecord): CredentialRecord =>
    book.all.find(({ kind, name, createdAt, id }) => id !== record.id && kind === record.kind && name === record.name && createdAt === record.revokedAt) ?? record;

  /** The one that took its place, rotated as often as it may have been. */
  const newestOf = (record: CredentialRecord): CredentialRecord => {
    const seen = new Set<string>();
    let newest = record;
    while (newest.revokedAt !== undefined && !seen.has(newest.id)) {
      seen.add(newest.id);
      newest = successorOf(newest);
    }
    return newest;
  };

  return (stored) => {
    if (stored.id.startsWith('config-key:')) return ofConfiguration(stored, configured());
    const record = book.all.find(({ id }) => id === stored.id);
    if (!record) return { caller: restoreCaller(stored) };
    const { revokedAt, expiresAt, name } = newestOf(record);
    if (revokedAt !== undefined) return { refused: `the credential ${name} that it acts for was revoked` };
    if (expiresAt !== undefined && expiresAt <= now()) return { refused: `the credential ${name} that it acts for has expired` };
    return { caller: restoreCaller(stored) };
  };
};

/** What the configuration has taken from a key since is taken from what acts for it. */
const ofConfiguration = (stored: StoredCaller, keys: readonly ConfiguredKey[]): ReturnType<Standing> => {
  const key = keys.find(({ id }) => id === stored.id);
  if (!key) return { refused: `the key ${stored.id.slice('config-key:'.length)} that it acts for is no longer in the configuration` };
  const { permissions, workspaces } = key.grants;
  return {
    caller: restoreCaller({
      ...stored,
      permissions: stored.permissions.filter((one) => permissions.some((permission) => permission === one)),
      workspaces: workspaces.includes('*') ? stored.workspaces : stored.workspaces.includes('*') ? workspaces : stored.workspaces.filter((one) => workspaces.includes(one)),
    }),
  };
};
