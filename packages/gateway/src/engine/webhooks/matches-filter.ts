import { isDeepStrictEqual } from 'node:util';
import { fieldAt } from './field-at.ts';

/** Whether every field that a filter names is what it says; of a list, one of it. */
export const matchesFilter = (filter: Readonly<Record<string, unknown>> | undefined, data: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(filter ?? {}).every(([path, wanted]) => {
    const value = fieldAt(data, path) ?? null;
    return Array.isArray(wanted) ? wanted.some((one) => isDeepStrictEqual(one, value)) : isDeepStrictEqual(wanted, value);
  });
