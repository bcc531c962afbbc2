import { expect, test } from 'vitest';
import { sendMessage } from './messages.ts';
import { createSession, SessionRef } from './sessions.ts';
import { getTurn } from './turns.ts';

test.each(['a\0b', '\0', 'a\ud800b', '\udc00', '', ' \n\t', '\u200b\u2060'])('%j is no message', (text) => {
  expect(sendMessage.input.safeParse({ text }).success).toBe(false);
});

test.each(['Hi', ' Hi ', '👩‍👩‍👧', 'é', '\u0007 bell'])('%j is a message, kept as it is', (text) => {
  expect(sendMessage.input.parse({ text })).toMatchObject({ text });
});

test('names and ids hold no NUL and no half of a surrogate pair', () => {
  for (const bad of ['a\0', '\ud800']) {
    expect(SessionRef.safeParse(bad).success).toBe(false);
    expect(createSession.input.safeParse({ label: bad }).success).toBe(false);
    expect(createSession.input.safeParse({ userId: bad }).success).toBe(false);
    expect(getTurn.input.safeParse({ turn: bad }).success).toBe(false);
    expect(sendMessage.input.safeParse({ text: 'Hi', context: { timezone: bad } }).success).toBe(false);
    expect(sendMessage.input.safeParse({ text: 'Hi', options: { model: bad } }).success).toBe(false);
  }
});
