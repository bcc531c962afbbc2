import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../config-error.ts';

/** One setting's value under its several spellings; spellings that say different things are refused by name. */
export const agreed = <T>(file: string, spellings: readonly (readonly [key: string, value: T | undefined])[]): T | undefined => {
  const given = spellings.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
  const [first, ...others] = given;
  const other = others.find(({ value }) => !isDeepStrictEqual(value, first?.value));
  if (first !== undefined && other !== undefined) {
    throw new ConfigError({ file }, `${first.key} and ${other.key} mean the same setting but say different things; keep one of them`);
  }
  return first?.value;
};
