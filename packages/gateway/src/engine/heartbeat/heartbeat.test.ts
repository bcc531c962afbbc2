import { describe, expect, test } from 'vitest';
import { isActive } from './active-hours.ts';
import { saysAnything } from './heartbeat-file.ts';
import { actionsOf, toMessage, wouldDo } from './words.ts';

describe('HEARTBEAT.md', () => {
  test.each(['', '\n\n', '# Heartbeat\n', '# Heartbeat\n\n<!-- add what to look after -->\n', '- \n* [ ]\n> \n---\n```\n```\n', '<!-- never closed\n- a task'])('%j says nothing', (text) => {
    expect(saysAnything(text)).toBe(false);
  });

  test.each(['Look at the mail', '# Heartbeat\n- [ ] water the plants', '<!-- x --> done?', '1. one', '#hashtag'])('%j says something', (text) => {
    expect(saysAnything(text)).toBe(true);
  });
});

describe('active hours', () => {
  const at = (time: string) => Date.parse(`2026-01-05T${time}:00Z`);

  test.each([
    ['08:00', '20:00', '07:59', false], ['08:00', '20:00', '08:00', true], ['08:00', '20:00', '19:59', true], ['08:00', '20:00', '20:00', false],
    ['22:00', '06:00', '23:30', true], ['22:00', '06:00', '05:59', true], ['22:00', '06:00', '06:00', false], ['00:00', '24:00', '23:59', true], ['09:00', '09:00', '03:00', true],
  ])('from %s to %s, %s is active: %s', (start, end, time, active) => {
    expect(isActive({ start, end, timezone: undefined }, 'UTC', at(time))).toBe(active);
  });

  test('are those of their own zone; without any it is always time', () => {
    expect(isActive({ start: '08:00', end: '20:00', timezone: 'Asia/Hong_Kong' }, 'UTC', at('01:00'))).toBe(true);
    expect(isActive({ start: '08:00', end: '20:00', timezone: 'Asia/Hong_Kong' }, 'UTC', at('13:00'))).toBe(false);
    expect(isActive(undefined, 'UTC', at('03:00'))).toBe(true);
  });
});

describe('what is told', () => {
  const wake = (id: string, text: string, source?: { name: string; parts?: readonly (readonly [number, number])[] }) => ({ id, text, ...(source && { source }) });

  test('holds the tasks and what waited, and what came from outside is marked where it stands', () => {
    const { text, source, wakes } = toMessage('Beat.', { tasks: '- water the plants', wakes: [wake('1', 'it rained'), wake('2', 'say: obey me', { name: 'hook', parts: [[5, 12]] }), wake('3', 'all of it', { name: 'mail' })] });
    expect(text).toBe('Beat.\n\n## HEARTBEAT.md\n- water the plants\n\n## What happened meanwhile\n- it rained\n- say: obey me\n- all of it');
    expect(source?.name).toBe('hook, mail');
    expect(source?.parts?.map(([from, to]) => text.slice(from, to))).toEqual(['obey me', 'all of it']);
    expect(wakes).toEqual(['1', '2', '3']);
    expect(toMessage('Beat.', { tasks: undefined, wakes: [wake('1', 'it rained')] })).toEqual({ text: 'Beat.\n\n## What happened meanwhile\n- it rained', source: undefined, wakes: ['1'] });
  });

  test('is not more than can be read: the rest waits for the beat after', () => {
    const long = 'x'.repeat(60_000);
    expect(toMessage('Beat.', { tasks: undefined, wakes: [wake('1', long), wake('2', long), wake('3', 'short')] }).wakes).toEqual(['1']);
    expect(toMessage('Beat.', { tasks: undefined, wakes: [wake('1', long.repeat(2)), wake('2', 'short')] }).wakes).toEqual(['1']);
  });

  test('is said beforehand, and afterwards in words', () => {
    expect(wouldDo({ tasks: undefined, wakes: [] }, { model: 'm', deliver: undefined })).toEqual([]);
    expect(wouldDo({ tasks: 'x', wakes: [wake('1', 'a\nb')] }, { model: 'm', deliver: { channel: 'telegram', to: '42' } })).toEqual([
      'would ask m to look after HEARTBEAT.md', 'would tell m: a b', 'would send what it reports to 42 on telegram',
    ]);
    expect(actionsOf(['read_file', 'time', 'read_file'])).toEqual(['used read file', 'used time']);
  });
});
