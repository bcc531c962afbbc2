import { clearSessions, createSession, GatewayError, listSessions, patchConfig, type Permission, sendMessage, sessionHistory } from '@openclaw/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { AuditTrail, type Caller, owner, restoreCaller, storedCaller } from '../../packages/gateway/src/engine/access/index.ts';
import { Gateway } from '../../packages/gateway/src/engine/gateway.ts';
import type { AuditEntry } from '../../packages/gateway/src/engine/ports/audit-store.ts';
import { Metrics } from '../../packages/gateway/src/kernel/metrics.ts';

let now: number;
let audited: AuditEntry[];
let logged: unknown[];
let handled: unknown[];
let audit: AuditTrail;
let door: Gateway;

beforeEach(() => {
  now = 600_000_000;
  [audited, logged, handled] = [[], [], []];
  const store = { findAnswer: async () => undefined, recordAnswer: async () => {}, audit: async (entries: readonly AuditEntry[]) => void audited.push(...entries) };
  audit = new AuditTrail(store, () => {});
  door = new Gateway({ store, audit, metrics: new Metrics(), log: (...line) => void logged.push(line), now: () => now });
  door.handle(listSessions, async (input) => {
    handled.push(input);
    return { sessions: [], total: 0, limit: input.limit, offset: input.offset };
  });
  door.handle(createSession, () => Promise.reject(new Error('the disk at /secret is gone')));
});

const caller = (permissions: readonly Permission[], more: Partial<Caller> = {}): Caller => ({ ...owner, id: 'key-1', permissions: new Set(permissions), ...more });

describe('the door', () => {
  test('lets in by the one permission an operation names', async () => {
    expect(await door.call(listSessions, {}, { caller: caller(['sessions:read']) })).toMatchObject({ total: 0 });
    expect(() => door.run(listSessions, {}, { caller: caller(['messages:write', 'sessions:delete', 'messages:read']) })).toThrow(
      expect.objectContaining({ code: 'forbidden', details: { permission: 'sessions:read' } }),
    );
    expect(handled).toHaveLength(1);
  });

  test('keeps the answer of what made something, and of a turn none: that stands in the turn', async () => {
    const kept: string[] = [];
    const store = { findAnswer: async () => undefined, recordAnswer: async ({ scope }: { scope: string }) => void kept.push(scope), audit: async () => {} };
    const keeping = new Gateway({ store, audit, metrics: new Metrics(), log: () => {} });
    keeping.handle(sendMessage, async () => ({ turnId: 't', sessionId: 's', sessionKey: 'k', status: 'queued' as const }));
    keeping.handle(clearSessions, async () => ({ deleted: 1 }));
    for (let i = 0; i < 3; i++) await keeping.call(sendMessage, { text: 'Hi' }, { caller: owner, idempotencyKey: 'k' });
    await keeping.call(clearSessions, { workspace: 'w' }, { caller: owner, idempotencyKey: 'k' });
    expect(kept).toEqual([`${owner.id}:sessions.clear`]);
  });

  test('a tool may do what its caller could when the turn was accepted, and no more', () => {
    const acting = restoreCaller(storedCaller(caller(['messages:write'], { workspaces: new Set(['team']) })));
    expect(() => door.run(sessionHistory, { session: 'main' }, { caller: acting })).toThrow();
    expect(() => door.run(listSessions, {}, { caller: acting })).toThrow(expect.objectContaining({ code: 'forbidden' }));
    expect(restoreCaller(storedCaller(owner)).permissions).toEqual(owner.permissions);
  });

  test('no tool changes what binds the agent, not even for the owner, and what was tried is in the log', async () => {
    door.handle(patchConfig, async () => ({ config: {}, version: '', changed: [], needsRestart: [], warnings: [] }));
    const input = { patch: { tools: { roots: ['/'] } } };
    expect(() => door.run(patchConfig, input, { caller: owner, origin: { surface: 'tool' } })).toThrow(expect.objectContaining({ code: 'forbidden' }));
    await door.call(patchConfig, input, { caller: owner, origin: { surface: 'http' } });
    await audit.flush();
    expect(audited).toMatchObject([{ operation: 'config.patch', outcome: 'forbidden', surface: 'tool', resource: 'config=tools.roots' }, { outcome: 'ok', surface: 'http' }]);
  });

  test('keeps callers to their workspaces', async () => {
    const team = caller(['sessions:read'], { workspaces: new Set(['team']) });
    expect(await door.call(listSessions, { workspace: 'team' }, { caller: team })).toMatchObject({ total: 0 });
    expect(() => door.run(listSessions, { workspace: 'admins' }, { caller: team })).toThrow(expect.objectContaining({ code: 'forbidden', details: { workspace: 'admins' } }));
  });

  test('counts exactly, and says when to come back', async () => {
    const limited = caller(['sessions:read'], { limits: { requestsPerMinute: 3 } });
    now += 15_000;
    for (let i = 0; i < 3; i++) await door.call(listSessions, {}, { caller: limited });
    expect(() => door.run(listSessions, {}, { caller: limited })).toThrow(expect.objectContaining({ code: 'rate_limited', message: 'Rate limit exceeded. Try again in 45 seconds.', details: { retryAfterSeconds: 45 } }));
    await door.call(listSessions, {}, { caller: caller(['sessions:read'], { id: 'key-2', limits: { requestsPerMinute: 3 } }) });
    now += 45_000;
    await door.call(listSessions, {}, { caller: limited });
  });

  test('refuses what no handler takes and what no schema takes', () => {
    expect(() => door.run(sendMessage, { text: 'Hi' }, { caller: owner })).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(() => door.run(listSessions, { limit: 0 }, { caller: owner })).toThrow(expect.objectContaining({ code: 'invalid_request', details: expect.objectContaining({ path: 'limit' }) }));
    expect(handled).toEqual([]);
  });

  test('says nothing of what broke inside; the log has the story', async () => {
    const failed = await door.call(createSession, {}, { caller: owner }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(GatewayError);
    expect(failed).toMatchObject({ code: 'internal', message: 'Internal error', details: {} });
    expect(JSON.stringify(logged)).toContain('the disk at /secret is gone');
  });

  test('audits what writes and what was forbidden', async () => {
    await door.call(createSession, {}, { caller: owner }).catch(() => {});
    await door.call(listSessions, {}, { caller: owner });
    expect(() => door.run(listSessions, {}, { caller: caller([]) })).toThrow();
    await audit.flush();
    expect(audited).toMatchObject([
      { caller: 'gateway-token', operation: 'sessions.create', outcome: 'internal' },
      { caller: 'key-1', operation: 'sessions.list', outcome: 'forbidden' },
    ]);
  });

  test.each(['', 'with space', 'é', 'x'.repeat(257), 'a\nb'])('takes no Idempotency-Key like %j', async (idempotencyKey) => {
    await expect(door.call(createSession, {}, { caller: owner, idempotencyKey })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
