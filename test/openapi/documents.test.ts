import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import { dialects } from '../../packages/gateway/src/app/plugins.gen.ts';
import { openApiDocuments } from '../../packages/gateway/src/surfaces/kit/openapi/document.ts';
import type { Dialect } from '../../packages/gateway/src/surfaces/kit/dialect.ts';

const { together, byDialect } = await openApiDocuments(dialects, { version: '1.2.3' });
const all = [['together', together] as const, ...byDialect];

describe.each(all)('%s', (_, document) => {
  test('lints clean by the recommended rules, examples included', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config });
    expect(problems.map(({ severity, ruleId, message, location }) => `${severity} ${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual([]);
  });

  test('says of each operation what it needs and how it can fail', () => {
    for (const object of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
      const { responses, security, summary } = object as { responses: object; security: unknown; summary: string }; // Linted above.
      expect(summary).toMatch(/^[A-Z]/);
      expect(security).toEqual([{ bearerAuth: [expect.stringMatching(/^[a-z]+:[a-z]+$/)] }]);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '413', '415', '421', '429', '500', '503']));
    }
  });
});

test('one that is wrong does not lint clean', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const wrong = { ...together, paths: { '/x': { get: { summary: 'No answer', responses: {} } } } };
  expect(await lintFromString({ source: JSON.stringify(wrong), absoluteRef: 'openapi.json', config })).not.toEqual([]);
});

describe('a dialect', () => {
  const sample = dialects.find(({ name }) => name === 'rpc') ?? expect.fail('no rpc dialect');
  const describing = (dialect: Dialect) => openApiDocuments([dialect], { version: '0' });

  test('without a description is refused, and told where it goes', async () => {
    await expect(describing({ name: 'bare', routes: sample.routes })).rejects.toThrow('bare is not described: surfaces/dialects/bare/described.ts (see "A dialect" in CONTRIBUTING.md)');
  });

  test('with a route that is not described is refused, by name', async () => {
    const more = sample.routes.map((route) => ({ ...route, path: `/more${route.path}` as const }));
    await expect(describing({ ...sample, routes: [...sample.routes, ...more] })).rejects.toThrow('POST /more/api/sessions/send, ');
  });

  test('that describes a route it does not have is refused', async () => {
    await expect(describing({ ...sample, routes: sample.routes.slice(1) })).rejects.toThrow('POST /api/sessions/send: described, but there is no such route');
  });
});
