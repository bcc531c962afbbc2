import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigSchema } from '../schema.ts';
import type { Tree } from '../text/tree.ts';
import { knownKeys, listKeys, type KnownKeys } from './known-keys.ts';
import { LATER_KEYS } from './later-keys.ts';
import { editDistance, nearestKey } from './nearest-key.ts';
import { reportKeys } from './report-keys.ts';

const reports = (tree: Tree) => reportKeys(tree, knownKeys(ConfigSchema));
const messages = (tree: Tree) => reports(tree).map(({ level, message }) => `${level} ${message}`);

describe('reportKeys', () => {
  test.each<[Tree, string]>([
    [{ gatway: {} }, 'warn gatway is not known; did you mean gateway?'],
    [{ gateway: { prot: 1 } }, 'warn gateway.prot is not known; did you mean gateway.port?'],
    [{ gateway: { maxConnections: 1 } }, 'warn gateway.maxConnections is not known; did you mean gateway.max_connections?'],
    [{ models: { providers: { local: { baseURI: 'x' } } } }, 'warn models.providers.local.baseURI is not known; did you mean models.providers.local.baseUrl?'],
    [{ agents: { list: [{ id: 'a', modle: 'x' }] } }, 'warn agents.list[0].modle is not known; did you mean agents.list[].model?'],
    [{ zzzzzzzz: 1 }, 'warn zzzzzzzz is not known'],
    [{ plugins: { entries: {} } }, 'info plugins is not used yet'],
    [{ gateway: { controlUi: {} } }, 'info gateway.controlUi is not used yet'],
    [{ agents: { defaults: { sandbox: {} } } }, 'info agents.defaults.sandbox is not used yet'],
    [{ gateway: null, token: 'x' }, 'warn token is not known here; indent it to make it part of gateway'],
  ])('%j', (tree, message) => {
    expect(messages(tree)).toEqual([message]);
  });

  test('says nothing of what is known, and nothing of names that are free', () => {
    expect(reports({ gateway: { port: 1, auth: { token: 'x' } }, models: { aliases: { anything: 'x' }, providers: { any: { headers: { 'x-any': 'y' } } } } })).toEqual([]);
  });

  test('never throws, whatever stands in the file', () => {
    fc.assert(fc.property(fc.jsonValue({ depthSize: 'medium' }), (value) => Array.isArray(reports(JSON.parse(JSON.stringify(value))))));
  });
});

test('no key is both known and waiting to be known', () => {
  const placed = new Set(listKeys(knownKeys(ConfigSchema)));
  const both = Object.entries(LATER_KEYS).flatMap(([place, keys]) => [...keys].filter((key) => placed.has(place === '' ? key : `${place}.${key}`)));
  expect(both).toEqual([]);
});

test('every place of a waiting key is a place in the schema', () => {
  const placed = new Set(listKeys(knownKeys(ConfigSchema)).flatMap((key) => [key, key.replace(/\.[^.]+$/, '')]));
  expect(Object.keys(LATER_KEYS).filter((place) => place !== '' && !placed.has(place))).toEqual([]);
});

test('a key below a union of a text and a section is found', () => {
  const known: KnownKeys = knownKeys(ConfigSchema);
  expect(listKeys(known)).toContain('agents.defaults.model.primary');
  expect(listKeys(known)).toContain('models.providers.<name>.models[].id');
});

describe('nearestKey', () => {
  test.each([['prot', 'port'], ['Port', 'port'], ['tokn', 'token'], ['trusted_proxies', 'trustedProxies']])('%s is near %s', (written, key) => {
    expect(nearestKey(written, ['host', 'port', 'token', 'trustedProxies'])).toBe(key);
  });

  test('nothing is near a stranger', () => {
    expect(nearestKey('elephant', ['host', 'port'])).toBeUndefined();
  });

  test.each([['', '', 0], ['a', '', 1], ['ab', 'ba', 1], ['kitten', 'sitting', 3], ['abc', 'abc', 0]])('%j to %j takes %i steps', (a, b, steps) => {
    expect(editDistance(a, b)).toBe(steps);
  });

  test('the distance is the same both ways', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(fc.property(word, word, (a, b) => editDistance(a, b) === editDistance(b, a) && (editDistance(a, b) === 0) === (a === b)));
  });
});
