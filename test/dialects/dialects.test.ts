import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { CHECKS } from './checks.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { model: 'openclaw/demo' } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

test.each(Object.entries(CHECKS))('%s', (_, check) => check(gateway));

test('there is a check for every dialect', () => {
  const folders = readdirSync(join(import.meta.dirname, '../../packages/gateway/src/surfaces/dialects'));
  expect(Object.keys(CHECKS).toSorted()).toEqual(folders.toSorted());
});
