import { GatewayError } from '@openclaw/contract';
import { formatPath, type Path } from './leaves.ts';

const DEEPEST = 24;
const MOST_VALUES = 20_000;
const LONGEST_KEY = 500;

/** Refuses what no configuration can hold, whatever a schema would say to it. */
export const checkPatch = (patch: unknown): void => {
  let values = 0;
  const visit = (value: unknown, path: Path): void => {
    if (++values > MOST_VALUES) throw refused([], `has more than ${MOST_VALUES} values`);
    if (path.length > DEEPEST) throw refused(path.slice(0, 4), `is nested more than ${DEEPEST} deep`);
    if (typeof value === 'string') checkText(value, path);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') throw refused(path, 'must not hold the key "__proto__"');
      if (key === '' || key.length > LONGEST_KEY) throw refused(path, `holds a key that is empty or longer than ${LONGEST_KEY} characters`);
      checkText(key, path);
      visit(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(patch, []);
};

const checkText = (text: string, path: Path): void => {
  if (text.includes('\0')) throw refused(path, 'must not hold NUL');
  if (!text.isWellFormed()) throw refused(path, 'must be whole Unicode: it holds half of a surrogate pair');
};

const refused = (path: Path, what: string): GatewayError => {
  const place = formatPath(path);
  return new GatewayError('invalid_request', `${place === '' ? 'the patch' : place} ${what}`, { path: place });
};
