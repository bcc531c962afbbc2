import { HIDDEN } from '../../kernel/secrets.ts';

/** Any key that could be one, at any depth; a line without it is left alone at the price of one search. */
const SUSPECT = /(?:token|authorization|secret|password|passwd|cookie|api-?_?key)"\s*:\s*["[{]/i;
const SECRET_FIELD = /(?:token|authorization|secret|password|passwd|cookie|api-?_?key)$/i;

/** Blanks what stands under a secret's name in one line of JSON, however deep and whoever put it there. */
export const hideSecretFields = (line: string): string => {
  if (!SUSPECT.test(line)) return line;
  try {
    return `${JSON.stringify(JSON.parse(line, (key, value: unknown) => (SECRET_FIELD.test(key) && value !== null ? HIDDEN : value)))}\n`;
  } catch {
    return `${JSON.stringify({ level: 40, msg: 'A line that may have held a secret could not be read and was left out' })}\n`;
  }
};
