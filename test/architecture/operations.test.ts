import { OPERATIONS, PERMISSIONS } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { dialects } from '../../packages/gateway/src/app/plugins.gen.ts';
import { startGateway } from '../support/gateway.ts';

test('an operation has a name of its own, a known permission, a summary that is a sentence, and a schema for both ways', () => {
  expect(new Set(OPERATIONS.map(({ name }) => name)).size).toBe(OPERATIONS.length);
  for (const { name, permission, kind, summary, input, output } of OPERATIONS) {
    expect(name).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(PERMISSIONS).toContain(permission);
    expect(['read', 'write']).toContain(kind);
    expect(summary, name).toMatch(/^[A-Z].{8,}\.$/);
    expect(z.toJSONSchema(input, { io: 'input' }), name).toMatchObject({ type: 'object', additionalProperties: false });
    expect(Object.keys(z.toJSONSchema(output)), name).not.toEqual([]);
  }
});

test('what only reads needs no permission to write, and the other way round', () => {
  const reads = OPERATIONS.filter(({ kind }) => kind === 'read').map(({ permission }) => permission);
  const writes = OPERATIONS.filter(({ kind }) => kind === 'write').map(({ permission }) => permission);
  for (const permission of reads) expect(permission).toMatch(/:read$|^gateway:admin$/);
  for (const permission of writes) expect(permission).toMatch(/:(write|delete)$|^gateway:admin$/);
});

test('every operation is served, and every method and path is claimed once', () => {
  const routes = dialects.flatMap(({ name, routes: own }) => own.map(({ method, path, operation }) => ({ dialect: name, claim: `${method} ${path.replace(/:\w+/g, ':x')}`, operation })));
  const claims = routes.map(({ claim }) => claim);
  expect(claims.filter((claim, i) => claims.indexOf(claim) !== i)).toEqual([]);
  for (const operation of OPERATIONS) expect(routes.map((route) => route.operation)).toContain(operation);
});

test('every operation has a handler', async () => {
  await using gateway = await startGateway();
  for (const { name } of OPERATIONS) {
    const response = await gateway.request(`/api/native/${name}`, { json: { nonsense: 1 } });
    const { error } = (await response.json()) as { error: { code: string } }; // the one form of a refusal
    expect(error.code, name).toBe('invalid_request');
  }
});
