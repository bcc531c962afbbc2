import { expect, test } from 'vitest';
import type { CredentialRecord, WorkspaceRecord } from '../../packages/gateway/src/engine/ports/access-store.ts';
import { newSession, NOW, type Worker } from './turn-fixture.ts';

const credential = (id: string, over: Partial<CredentialRecord> = {}): CredentialRecord => ({
  id,
  kind: 'api-key',
  name: id,
  publicPart: `oclaw_live_${id}`,
  hash: `hash of ${id}`,
  grants: { scope: undefined, permissions: ['stats:read'], workspaces: ['team'], requestsPerMinute: 30, budget: { usdPerDay: 0.5 }, addresses: ['10.0.0.0/8'] },
  createdAt: NOW,
  expiresAt: undefined,
  lastUsedAt: undefined,
  revokedAt: undefined,
  ...over,
});

const workspace = (id: string, over: Partial<WorkspaceRecord> = {}): WorkspaceRecord => ({
  id, label: undefined, agent: undefined, skills: undefined, allowlist: [], budget: undefined, sessions: 0, createdAt: NOW, updatedAt: NOW, ...over,
});

export const accessTests = (worker: () => Worker): void => {
  test('credentials are kept as they were made, the newest first', async () => {
    const { store } = worker();
    const [old, fresh] = [credential('key_a'), credential('key_b', { createdAt: NOW + 1, expiresAt: NOW + 10, kind: 'token' })];
    await store.addCredential(old);
    await store.addCredential(fresh);
    expect(await store.credentials()).toEqual([fresh, old]);
  });

  test('a name belongs to one credential of its kind, until that is revoked or has expired', async () => {
    const { store } = worker();
    await store.addCredential(credential('key_a', { name: 'ci', expiresAt: NOW + 10 }));
    await store.addCredential(credential('key_t', { name: 'ci', kind: 'token' }));
    await expect(store.addCredential(credential('key_b', { name: 'ci', createdAt: NOW + 9 }))).rejects.toMatchObject({ code: 'conflict' });
    await store.addCredential(credential('key_b', { name: 'ci', createdAt: NOW + 10 }));
    expect(await store.revokeCredential('key_b', NOW + 11)).toBe(true);
    expect(await store.revokeCredential('key_b', NOW + 12)).toBe(false);
    expect(await store.revokeCredential('key_x', NOW + 12)).toBe(false);
    await store.addCredential(credential('key_c', { name: 'ci' }));
    const ended = Object.fromEntries((await store.credentials()).map(({ id, revokedAt }) => [id, revokedAt]));
    expect(ended).toEqual({ key_a: NOW + 10, key_b: NOW + 11, key_c: undefined, key_t: undefined });
  });

  test('of several with one name at once, one is made', async () => {
    const { store } = worker();
    const made = await Promise.allSettled(['a', 'b', 'c', 'd'].map((id) => store.addCredential(credential(`key_${id}`, { name: 'ci' }))));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await store.credentials()).toHaveLength(1);
  });

  test('one replaces another in a single step, once', async () => {
    const { store } = worker();
    await store.addCredential(credential('key_a', { name: 'ci' }));
    await store.addCredential(credential('key_b', { name: 'ci', createdAt: NOW + 5 }), 'key_a');
    await expect(store.addCredential(credential('key_c', { name: 'ci' }), 'key_a')).rejects.toMatchObject({ code: 'conflict' });
    expect((await store.credentials()).map(({ id, revokedAt }) => [id, revokedAt])).toEqual([['key_b', undefined], ['key_a', NOW + 5]]);
  });

  test('the last use is noted, and never goes back', async () => {
    const { store } = worker();
    await store.addCredential(credential('key_a'));
    await store.touchCredentials([{ id: 'key_a', at: NOW + 9 }, { id: 'key_x', at: NOW }]);
    await store.touchCredentials([{ id: 'key_a', at: NOW + 3 }]);
    expect((await store.credentials())[0]?.lastUsedAt).toBe(NOW + 9);
  });

  test('a workspace is there from its first session on, and keeps what it was given', async () => {
    const { store } = worker();
    await store.createSession(newSession('agent:main:team:a', { workspace: 'team' }));
    await store.createSession(newSession('agent:main:team:b', { workspace: 'team' }));
    expect(await store.workspaces()).toEqual([workspace('team', { sessions: 2 })]);
    expect(await store.addWorkspace(workspace('team'))).toBe(false);
    const made = workspace('lab', { label: 'Lab', agent: 'fast', skills: ['web'], allowlist: ['telegram:1'], budget: { tokensPerDay: 5 } });
    expect(await store.addWorkspace(made)).toBe(true);
    expect(await store.workspaces()).toEqual([made, workspace('team', { sessions: 2 })]);
    expect([await store.deleteWorkspace('lab'), await store.deleteWorkspace('lab')]).toEqual([true, false]);
  });

  test('what is named is changed, null takes it away, the rest stays', async () => {
    const { store } = worker();
    await store.addWorkspace(workspace('lab', { label: 'Lab', agent: 'fast', skills: ['web'], budget: { tokensPerDay: 5 } }));
    expect(await store.changeWorkspace('lab', { agent: null, skills: [], now: NOW + 1 })).toEqual(
      workspace('lab', { label: 'Lab', skills: [], budget: { tokensPerDay: 5 }, updatedAt: NOW + 1 }),
    );
    expect(await store.changeWorkspace('lab', { skills: null, budget: null, label: 'New', now: NOW + 2 })).toEqual(workspace('lab', { label: 'New', updatedAt: NOW + 2 }));
    expect(await store.changeWorkspace('nowhere', { label: 'x', now: NOW })).toBeUndefined();
  });

  test('of those who change one list at once, none is lost; who is added and removed stays out', async () => {
    const { store } = worker();
    await store.addWorkspace(workspace('lab', { allowlist: ['x:0'] }));
    await Promise.all(Array.from({ length: 8 }, (_, i) => store.changeWorkspace('lab', { allowlist: { add: [`x:${i + 1}`, 'x:1'], remove: ['x:0'] }, now: NOW })));
    const [lab] = await store.workspaces();
    expect(lab?.allowlist.toSorted()).toEqual(Array.from({ length: 8 }, (_, i) => `x:${i + 1}`));
    expect(await store.changeWorkspace('lab', { allowlist: { add: ['x:9', 'x:2'], remove: ['x:9', 'x:2'] }, now: NOW })).toMatchObject({ allowlist: expect.not.arrayContaining(['x:9', 'x:2']) });
  });
};
