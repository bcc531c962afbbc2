/** Single changes to the files of a state directory, as a bad disk or a careless hand makes them. */
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const DATABASE = 'openclaw.sqlite';
export const WAL = 'openclaw.sqlite-wal';
export const CONFIG = 'openclaw.json';

export interface Damage {
  readonly name: string;
  readonly file: string;
  /** From a gateway that was stopped, or from one that was killed and left its log. */
  readonly base: 'stopped' | 'killed';
  /** What is promised: that it does not start, or also that it may start with all rows, or with all but the newest. */
  readonly allows: 'refusal' | 'all rows' | 'the oldest rows';
  apply(path: string): void;
}

const PAGE = 4_096;
const FRAME = 24 + PAGE;
const WAL_HEADER = 32;

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
};

const zero = (path: string, from: number, length: number): void => {
  const bytes = readFileSync(path);
  bytes.fill(0, from, from + length);
  writeFileSync(path, bytes);
};

const flipped = (file: string, base: Damage['base'], at: number, allows: Damage['allows']): Damage => ({
  name: `${file}: byte ${at} flipped`, file, base, allows, apply: (path) => flip(path, at),
});

/** `count` changes spread over files of these sizes. */
export const damages = (count: number, sizes: { readonly database: number; readonly wal: number }, random: () => number): readonly Damage[] => {
  const whole = [...databaseWhole(sizes.database), ...walWhole(sizes.wal), ...configs];
  const pages = sizes.database / PAGE;
  const frames = Math.floor((sizes.wal - WAL_HEADER) / FRAME);
  const spread = Array.from({ length: Math.max(0, count - whole.length) }, (_, n): Damage => {
    if (n % 4 === 0) return flipped(DATABASE, 'stopped', Math.floor(random() * 100), 'all rows');
    if (n % 4 === 1) return flipped(WAL, 'killed', WAL_HEADER + Math.floor(random() * frames) * FRAME + Math.floor(random() * FRAME), 'all rows');
    // The header of a page says where everything on it is.
    if (n % 4 === 2) return flipped(DATABASE, 'stopped', Math.floor(random() * pages) * PAGE + Math.floor(random() * 12), 'all rows');
    return flipped(DATABASE, 'stopped', 100 + Math.floor(random() * (sizes.database - 100)), 'all rows');
  });
  return [...whole, ...spread];
};

const databaseWhole = (size: number): readonly Damage[] => {
  const of = (name: string, apply: Damage['apply'], base: Damage['base'] = 'stopped'): Damage => ({ name: `${DATABASE}: ${name}`, file: DATABASE, base, allows: 'refusal', apply });
  return [
    of('missing', (path) => rmSync(path)),
    of('empty', (path) => truncateSync(path)),
    of('half of it', (path) => truncateSync(path, Math.floor(size / 2 / PAGE) * PAGE)),
    of('cut within a page', (path) => truncateSync(path, size - 1_000)),
    of('zeroed', (path) => zero(path, 0, size)),
    of('a text file', (path) => writeFileSync(path, 'not a database\n'.repeat(400))),
    of('the database of another program', foreignDatabase),
    of('a folder', (path) => {
      rmSync(path);
      mkdirSync(path);
    }),
    of('missing, with its log', (path) => rmSync(path), 'killed'),
    of('empty, with its log', (path) => truncateSync(path), 'killed'),
  ];
};

const foreignDatabase = (path: string): void => {
  rmSync(path);
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE recipes (name TEXT)');
  database.close();
};

const walWhole = (size: number): readonly Damage[] => {
  const of = (name: string, allows: Damage['allows'], apply: Damage['apply']): Damage => ({ name: `${WAL}: ${name}`, file: WAL, base: 'killed', allows, apply });
  return [
    of('an early frame flipped', 'refusal', (path) => flip(path, WAL_HEADER + FRAME + 500)),
    of('a frame header flipped', 'refusal', (path) => flip(path, WAL_HEADER + 3 * FRAME + 2)),
    of('its header flipped', 'refusal', (path) => flip(path, 17)),
    of('zeroed in the middle', 'refusal', (path) => zero(path, WAL_HEADER + 2 * FRAME, 2 * FRAME)),
    of('cut at its tail', 'the oldest rows', (path) => truncateSync(path, size - FRAME * 3)),
    of('cut within a frame', 'the oldest rows', (path) => truncateSync(path, size - 700)),
  ];
};

const configs: readonly Damage[] = ([
  ['broken JSON', (path) => writeFileSync(path, '{ "model": ')],
  ['of the wrong type', (path) => writeFileSync(path, '{"limits": {"maxConcurrentTurns": "many"}}')],
  ['a list', (path) => writeFileSync(path, '[1, 2]')],
  ['binary', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0x01]))],
  ['a folder', (path) => {
    rmSync(path);
    mkdirSync(path);
  }],
] satisfies readonly (readonly [string, Damage['apply']])[]).map(([name, apply]) => ({ name: `${CONFIG}: ${name}`, file: CONFIG, base: 'stopped', allows: 'refusal', apply }));

/** The bytes of what matters. Nothing and an empty file count as the same: who only reads a database makes an empty log beside it. */
export const evidenceIn = (folder: string): ReadonlyMap<string, string> =>
  new Map([DATABASE, WAL, CONFIG].map((name) => [name, contentOf(join(folder, name))]));

const contentOf = (path: string): string => {
  try {
    return readFileSync(path).toString('base64');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unreadable';
    return code === 'ENOENT' ? '' : code;
  }
};
