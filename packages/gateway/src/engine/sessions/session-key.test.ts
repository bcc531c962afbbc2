import { SessionRef } from '@openclaw/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kindOf, nameFromLabel, placeOf, selectSession, sessionKey, userSession } from './session-key.ts';

test('an id, a full key and a short name all find a session', () => {
  expect(selectSession('sess_abc123', 'main', 'main')).toEqual({ id: 'sess_abc123' });
  expect(selectSession('agent:main:main', 'main', 'main')).toEqual({ key: 'agent:main:main' });
  expect(selectSession('main', 'main', 'main')).toEqual({ key: 'agent:main:main' });
  expect(selectSession('deploy', 'main', 'team')).toEqual({ key: 'agent:main:team:deploy' });
  // One name, however its accents are written.
  expect(selectSession('cafe\u0301', 'main', 'main')).toEqual(selectSession('caf\u00e9', 'main', 'main'));
});

test.each(['../../x', 'a b', 'a:b', 'agent:main', 'agent::main', 'agent:main:', 'a/b', 'x'.repeat(121), 'sess/1'])('%s names no session', (ref) => {
  expect(() => selectSession(ref, 'main', 'main')).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('whatever the label, its session can be found by its key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (label) => {
      const name = nameFromLabel(label.trim());
      fc.pre(name !== '');
      const key = sessionKey('main', 'w'.repeat(64), name);
      expect(SessionRef.parse(key)).toBe(key);
      expect(selectSession(key, 'main', 'main')).toEqual({ key });
    }),
    { examples: [['a\u0001b'], ['👩‍👩‍👧'.repeat(24)], [`${'x'.repeat(79)}👧👧`], [' - a:b/c - '], ['\u0085x']] },
  );
});

test('a key says whose it is', () => {
  expect(placeOf('agent:main:main')).toEqual({ agent: 'main', workspace: 'main' });
  expect(placeOf('agent:main:deploy')).toEqual({ agent: 'main', workspace: 'main' });
  expect(placeOf('agent:helper:team:@ann')).toEqual({ agent: 'helper', workspace: 'team' });
  expect([kindOf('agent:main:main'), kindOf('agent:main:team:@ann'), kindOf('agent:main:deploy')]).toEqual(['main', 'main', 'isolated']);
});

test('every user has a session of their own, and no label is one', () => {
  const user = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(user, user, (one, other) => {
      const name = userSession(one);
      expect(selectSession(name, 'main', 'team')).toEqual({ key: `agent:main:team:${name}` });
      expect(userSession(other) === name).toBe(one.normalize('NFC') === other.normalize('NFC'));
      expect(nameFromLabel(name)).not.toBe(name);
    }),
    { examples: [['telegram:1', 'telegram%3A1'], ['~', '%7E'], ['a b', 'a-b']] },
  );
});
