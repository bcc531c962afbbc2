import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@openclaw/contract';
import { HIDDEN } from '../../kernel/secrets.ts';
import { formatPath, type Path } from './leaves.ts';
import { isSection } from './merge-patch.ts';

/**
 * A patch as it is meant, so that what was read can be sent back. Where it says what `shown` says in place of a secret, the secret that is
 * stored stays; null where null is stored (`api.port: null`) leaves it, and takes nothing away. An entry of a list
 * keeps the secrets of the stored entry that it is the same as but for them, or that has its name; never those of another that stood there.
 */
export const keepHidden = (patch: unknown, stored: unknown, shown: unknown, path: Path = []): unknown => {
  if (isSection(patch)) {
    const asked = Object.entries(patch).filter(([key, value]) => value !== null || at(stored, key) !== null);
    return Object.fromEntries(asked.map(([key, value]) => [key, keepHidden(value, at(stored, key), at(shown, key), [...path, key])]));
  }
  if (Array.isArray(patch)) {
    if (isDeepStrictEqual(patch, shown)) return stored;
    return patch.map((item: unknown, index) => {
      const from = storedPlace(item, shown);
      return keepHidden(item, at(stored, from), at(shown, from), [...path, index]);
    });
  }
  if (typeof patch !== 'string' || patch === stored) return patch;
  if (patch === shown && stored !== undefined) return stored;
  if (patch === HIDDEN || patch.includes(`:${HIDDEN}@`)) {
    const place = formatPath(path);
    throw new GatewayError('invalid_request', `${place}: ${HIDDEN} stands for a secret that is stored, and none is stored here; send the secret itself`, { path: place });
  }
  return patch;
};

/** Where the stored entry stands that an entry of a list is about. */
const storedPlace = (item: unknown, shown: unknown): number => {
  if (!Array.isArray(shown)) return -1;
  const same = shown.findIndex((one: unknown) => isSection(item) && isDeepStrictEqual(one, item));
  if (same !== -1) return same;
  const name = nameOf(item);
  return name === undefined ? -1 : shown.findIndex((one) => nameOf(one) === name);
};

const nameOf = (item: unknown): unknown => (isSection(item) ? (item['id'] ?? item['label']) : undefined);

const at = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (Reflect.get(value, key) as unknown) : undefined;
