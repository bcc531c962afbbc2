import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { Mutation } from './mutation.ts';

/** What was revoked is known for as long as this process lives. */
const forgetsRevocations = (store: Store): Store => {
  const ended = new Map<string, number>();
  return {
    ...store,
    revokeCredential: async (id, now) => {
      const known = ended.has(id);
      ended.set(id, now);
      return !known;
    },
    credentials: async () => (await store.credentials()).map((one) => ({ ...one, revokedAt: one.revokedAt ?? ended.get(one.id) })),
  };
};

/** A list is right for as long as this process lives. */
const losesAllowlists = (store: Store): Store => {
  const told = new Map<string, readonly string[]>();
  return {
    ...store,
    changeWorkspace: async (id, { allowlist, ...change }) => {
      const changed = await store.changeWorkspace(id, change);
      if (!changed) return undefined;
      const { add = [], remove = [] } = allowlist ?? {};
      const list = [...new Set([...(told.get(id) ?? changed.allowlist), ...add])].filter((sender) => !remove.includes(sender));
      told.set(id, list);
      return { ...changed, allowlist: list };
    },
    workspaces: async () => (await store.workspaces()).map((workspace) => ({ ...workspace, allowlist: told.get(workspace.id) ?? workspace.allowlist })),
  };
};

/** Of who may do what, and of what is kept of it. */
export const ACCESS = {
  'keeps-the-revoked': { wire: { authenticator: (authenticator) => ({ ...authenticator, refresh: () => {} }) } },
  'forgets-revocations': { store: forgetsRevocations },
  'loses-allowlists': { store: losesAllowlists },
  'ignores-versions': { wire: { configFile: (file) => ({ ...file, change: (decide) => file.change(decide, undefined) }) } },
  'audits-later': {
    store: (store) => ({
      ...store,
      audit: async (entries, options) => {
        setTimeout(() => void store.audit(entries, options).catch(() => {}), 400);
      },
    }),
  },
} as const satisfies Readonly<Record<string, Mutation>>;
