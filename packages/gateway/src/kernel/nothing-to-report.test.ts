import { expect, test } from 'vitest';
import { toReport } from './nothing-to-report.ts';

test.each(['HEARTBEAT_OK', ' no_reply \n', '**HEARTBEAT_OK**', '`NO_REPLY`.', '[heartbeat ok]', 'NO_REPLY\nHEARTBEAT_OK', '"No-Reply"', '', '  \n'])('%j is sent to nobody', (answer) => {
  expect(toReport(answer, { asked: true })).toBeUndefined();
  expect(toReport(answer, { asked: false })).toBeUndefined();
});

test.each([
  ['The backup failed.\n\nHEARTBEAT_OK', 'The backup failed.'],
  ['NO_REPLY\nDone, two lines.\nAnd more.', 'Done, two lines.\nAnd more.'],
  ['The word is NO_REPLY', 'The word is NO_REPLY'],
  ['  - indented\n  - list  ', '- indented\n  - list'],
  ['HEARTBEAT_OK is what I answer when all is well.', 'HEARTBEAT_OK is what I answer when all is well.'],
])('of %j is sent what says something', (answer, sent) => {
  expect(toReport(answer, { asked: true })).toBe(sent);
});

test('words for nothing answer a question, and are not sent to somebody who asked nothing', () => {
  expect(toReport('Nothing to report.', { asked: true })).toBe('Nothing to report.');
  expect(toReport('_Nothing new to report!_', { asked: false })).toBeUndefined();
  expect(toReport('Nothing to report, but the disk is at 91 %.', { asked: false })).toBe('Nothing to report, but the disk is at 91 %.');
});
