import { SessionRef } from '@openclaw/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameFromLabel, selectSession, sessionKey } from './session-key.ts';

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
