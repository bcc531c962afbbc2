import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPatch } from './check-patch.ts';
import { keepHidden } from './keep-hidden.ts';
import { changedLeaves, formatPath } from './leaves.ts';
import { mergePatch } from './merge-patch.ts';
import { reasonToRefuse } from './protected-keys.ts';

const parsed = (text: string): unknown => JSON.parse(text);

describe('mergePatch', () => {
  // The test cases of RFC 7396, appendix A, and the example of its section 3.
  test.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
    [
      '{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"This will be unchanged"}',
      '{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}',
      '{"title":"Hello!","author":{"givenName":"John"},"tags":["example"],"content":"This will be unchanged","phoneNumber":"+01-123-456-7890"}',
    ],
  ])('%s with %s', (target, patch, result) => {
    expect(mergePatch(parsed(target), parsed(patch))).toEqual(parsed(result));
  });

  const key = fc.constantFrom('a', 'b', 'c', 'gateway', 'toString');
  const tree = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer(), { maxLength: 3 }), fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true })),
  })).tree;
  const section = fc.dictionary(key, tree, { maxKeys: 4, noNullPrototype: true });

  test('the same patch twice is the same patch once', () => {
    fc.assert(fc.property(section, section, (target, patch) => {
      const once = mergePatch(target, patch);
      expect(mergePatch(once, patch)).toEqual(once);
    }));
  });

  test('nothing that is not named is touched, and neither the target nor the patch is changed', () => {
    fc.assert(fc.property(section, section, (target, patch) => {
      const before = structuredClone([target, patch]);
      const merged = mergePatch(target, patch) as Record<string, unknown>; // two sections make a section
      for (const [name, value] of Object.entries(target)) if (!Object.hasOwn(patch, name)) expect(merged[name]).toEqual(value);
      for (const [name, value] of Object.entries(patch)) expect(Object.hasOwn(merged, name)).toBe(value !== null);
      expect([target, patch]).toEqual(before);
    }));
  });

  test('what changed is told, and nothing else', () => {
    fc.assert(fc.property(section, section, (target, patch) => {
      const places = changedLeaves(target, mergePatch(target, patch)).map(({ path }) => formatPath(path));
      expect(new Set(places).size).toBe(places.length);
      expect(changedLeaves(target, target)).toEqual([]);
      for (const place of places) expect(Object.keys(patch)).toContain(place.split(/[.[]/)[0]);
    }));
  });
});

describe('keepHidden', () => {
  const stored = { gateway: { token: 'S3cret' }, api: { keys: [{ label: 'a', key: 'AAAAAAAA' }, { label: 'b', key: 'BBBBBBBB' }] }, store: { url: 'postgres://u:pw@h/d' }, list: ['x', 'y'] };
  const shown = { gateway: { token: '[hidden]' }, api: { keys: [{ label: 'a', key: '[hidden]' }, { label: 'b', key: '[hidden]' }] }, store: { url: 'postgres://u:[hidden]@h/d' }, list: ['[hidden]', '[hidden]'] };
  const kept = (patch: unknown) => keepHidden(patch, stored, shown);

  test('what was shown and comes back unchanged is what is stored', () => {
    expect(kept(shown)).toEqual(stored);
    expect(kept({ gateway: { token: 'new' } })).toEqual({ gateway: { token: 'new' } });
  });

  test('an entry of a list keeps its own secret, wherever it stands now, and never that of another', () => {
    expect(kept({ api: { keys: [shown.api.keys[1]] } })).toEqual({ api: { keys: [stored.api.keys[1]] } });
    expect(kept({ api: { keys: [{ label: 'b', key: '[hidden]', rateLimit: 5 }, { label: 'a', key: '[hidden]' }] } })).toEqual({ api: { keys: [{ label: 'b', key: 'BBBBBBBB', rateLimit: 5 }, stored.api.keys[0]] } });
    expect(() => kept({ api: { keys: [{ label: 'c', key: '[hidden]' }] } })).toThrow('api.keys[0].key: [hidden] stands for a secret');
    expect(() => kept({ list: ['[hidden]'] })).toThrow('list[0]');
  });

  test('where nothing is hidden, [hidden] is refused', () => {
    expect(() => kept({ models: { providers: { x: { apiKey: '[hidden]' } } } })).toThrow('models.providers.x.apiKey');
    expect(() => kept({ store: { url: 'postgres://u:[hidden]@elsewhere/d' } })).toThrow('store.url');
  });
});

describe('what config:write may change', () => {
  const refused = (before: unknown, after: unknown) => changedLeaves(before, after).flatMap((leaf) => (reasonToRefuse(leaf) === undefined ? [] : [formatPath(leaf.path)]));

  test.each([
    { model: 'anthropic/claude-sonnet-4-5' },
    { model: { provider: 'anthropic', max_context: 8192, fallbacks: ['a/b'] } },
    { models: { aliases: { fast: 'local/qwen3' }, default: 'x/y' } },
    { models: { providers: { local: { models: [{ id: 'qwen3', contextWindow: 1 }, 'b'] } } } },
    { agents: { defaults: { timezone: 'UTC', model: { primary: 'x/y' } }, entries: { a: { systemPrompt: 'Be brief.', compaction: { enabled: false } } } } },
    { limits: { maxStepsPerTurn: 5, maxCostPerTurnUSD: 1 } },
    { logging: { level: 'debug' }, log_level: 'debug' },
    { agents: {} },
  ])('%j', (patch) => {
    expect(refused({}, patch)).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['gateway.auth.enabled', { gateway: { auth: { enabled: false } } }],
    ['gateway.token', { gateway: { token: 'x' } }],
    ['gateway', { gateway: {} }],
    ['api.keys[0].key', { api: { keys: [{ key: '12345678' }] } }],
    ['api.keys', { api: { keys: [] } }],
    ['api.cors.origins', { api: { cors: { origins: ['*'] } } }],
    ['api.rateLimit', { api: { rateLimit: 1 } }],
    ['tools.roots', { tools: { roots: ['/'] } }],
    ['tools.exec.ask', { tools: { exec: { ask: 'off' } } }],
    ['sandbox.mode', { sandbox: { mode: 'off' } }],
    ['store.url', { store: { url: 'postgres://x/y' } }],
    ['logging.file', { logging: { file: '/etc/x' } }],
    ['models.providers.openai.baseUrl', { models: { providers: { openai: { baseUrl: 'http://evil' } } } }],
    ['models.providers.openai.apiKey', { models: { providers: { openai: { apiKey: 'x' } } } }],
    ['models.providers.openai.headers.x-a', { models: { providers: { openai: { headers: { 'x-a': 'b' } } } } }],
    ['models.prices."a/b".input', { models: { prices: { 'a/b': { input: 0 } } } }],
    ['model.base_url', { model: { base_url: 'http://evil' } }],
    ['model.api_key', { model: { api_key: 'x' } }],
    ['agents.defaults.workspace', { agents: { defaults: { workspace: '/' } } }],
    ['agents.entries.a.workspace', { agents: { entries: { a: { workspace: '/' } } } }],
    ['agents.defaults.tools.allow', { agents: { defaults: { tools: { allow: ['exec'] } } } }],
    ['agents.defaults.sandbox.mode', { agents: { defaults: { sandbox: { mode: 'off' } } } }],
    ['skills.registry', { skills: { registry: 'http://evil' } }],
    ['hooks.token', { hooks: { token: 'x' } }],
    ['webhooks.outgoing[0].secret', { webhooks: { outgoing: [{ secret: 'x' }] } }],
    ['mcp.servers.x.command', { mcp: { servers: { x: { command: 'sh' } } } }],
    ['limits.budget.usdPerDay', { limits: { budget: { usdPerDay: 1e6 } } }],
    ['audit.keepDays', { audit: { keepDays: 1 } }],
    ['whatever', { whatever: 1 }],
    ['agents.defaults.systemPrompt', { agents: { defaults: { systemPrompt: 'Say ${OPENAI_API_KEY}' } } }],
    ['model.fallbacks', { model: { fallbacks: ['${SECRET}'] } }],
  ])('not %s', (place, patch) => {
    expect(refused({}, patch)).toEqual([place]);
    // Taking it away is a change, too.
    if (!JSON.stringify(patch).includes('${')) expect(refused(patch, {})).toEqual(place === 'gateway' ? ['gateway'] : [place]);
  });

  test('an agent does not get the folder of another by taking its place in the list', () => {
    const [a, b] = [{ id: 'a', workspace: '/private' }, { id: 'b' }];
    expect(refused({ agents: { list: [a, b] } }, { agents: { list: [{ ...a, id: 'b' }, { id: 'a' }] } })).toEqual(['agents.list[0].id', 'agents.list[1].id']);
    expect(refused({ agents: { list: [a, b] } }, { agents: { list: [a, { ...b, language: 'de' }] } })).toEqual([]);
  });

  test('what leads to a protected key by way of taking more away is protected', () => {
    expect(refused({ agents: { defaults: { workspace: '/x', language: 'de' } } }, {})).toEqual(['agents.defaults.workspace']);
    expect(refused({ model: { base_url: 'x', name: 'y' } }, { model: 'z' })).toEqual(['model.base_url']);
  });
});

describe('checkPatch', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

  test.each<[string, unknown]>([
    ['"__proto__"', parsed('{"__proto__":{"admin":true}}')],
    ['"__proto__"', parsed('{"model":{"__proto__":{"admin":true}}}')],
    ['"__proto__"', parsed('{"agents":{"list":[{"__proto__":1}]}}')],
    ['nested more than', nested(60)],
    ['values', { a: Array.from({ length: 30_000 }, () => 1) }],
    ['NUL', { model: 'a\0' }],
    ['surrogate', { agents: { defaults: { language: '\ud800' } } }],
    ['surrogate', { '\udc00': 1 }],
    ['empty', { '': 1 }],
  ])('refuses %s', (what, patch) => {
    expect(() => checkPatch(patch)).toThrow(what);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('takes what is deep and wide within reason', () => {
    expect(() => checkPatch({ a: nested(20), b: Array.from({ length: 10_000 }, () => 'x') })).not.toThrow();
  });
});
