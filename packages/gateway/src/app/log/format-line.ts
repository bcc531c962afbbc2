import { inspect, stripVTControlCharacters } from 'node:util';

const LEVELS: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  10: ['trace', 90],
  20: ['debug', 36],
  30: ['info', 32],
  40: ['warn', 33],
  50: ['error', 31],
  60: ['fatal', 35],
};

const UNSEEN = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err', 'v']);
const MOST_FIELDS = 6;
const LONGEST_FIELD = 120;

/** A line of JSON as a person reads it in a terminal: time, level, message, a few fields. */
export const formatLine = (line: string): string => {
  const entry = parse(line);
  if (entry === undefined) return line;
  const [name, colour] = LEVELS[Number(entry['level'])] ?? ['log', 37];
  const time = new Date(Number(entry['time'])).toTimeString().slice(0, 8);
  return `${paint(90, time)} ${paint(colour, name.padEnd(5))} ${printable(typeof entry['msg'] === 'string' ? entry['msg'] : '')}${fieldsOf(entry)}${failureOf(entry['err'])}\n`;
};

const parse = (line: string): Record<string, unknown> | undefined => {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
};

const fieldsOf = (entry: Record<string, unknown>): string => {
  const shown = Object.entries(entry).filter(([key]) => !UNSEEN.has(key)).slice(0, MOST_FIELDS);
  return shown.length === 0 ? '' : ` ${paint(90, shown.map(([key, value]) => `${printable(key)}=${short(value)}`).join(' '))}`;
};

const short = (value: unknown): string => {
  const text = printable(typeof value === 'string' ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 2 }));
  return text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD - 3)}...` : text;
};

const failureOf = (failure: unknown): string => {
  if (typeof failure !== 'object' || failure === null) return '';
  const stack: unknown = 'stack' in failure ? failure.stack : undefined;
  return typeof stack === 'string' ? `\n${paint(90, stack.split('\n').map((line) => `  ${printable(line)}`).join('\n'))}` : '';
};

/** What a stranger wrote must not steer the terminal. */
const printable = (text: string): string => stripVTControlCharacters(text).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?');

const paint = (colour: number, text: string): string => (process.env['NO_COLOR'] ? text : `\x1b[${colour}m${text}\x1b[0m`);
