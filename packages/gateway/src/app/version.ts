import { readFileSync } from 'node:fs';

/** The version this program was published as. */
export const version = (): string => {
  // Our own package.json.
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
};
