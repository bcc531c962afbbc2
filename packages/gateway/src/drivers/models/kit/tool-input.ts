import { isObject, parseJson } from './json.ts';

/**
 * The arguments of a call, as the model wrote them. Text that is no JSON object is handed on under a key
 * no tool knows: the tool's own validation then tells the model, and the turn lives.
 */
export const parseToolInput = (written: unknown): unknown => {
  if (isObject(written)) return written;
  if (written === undefined || written === null) return {};
  if (typeof written !== 'string') return invalid(JSON.stringify(written));
  if (written.trim() === '') return {};
  const parsed = parseJson(written);
  // Some servers encode the arguments twice.
  const input = typeof parsed === 'string' ? parseJson(parsed) : parsed;
  if (input === null) return {};
  return isObject(input) ? input : invalid(written);
};

/** For the wires that take the arguments back as an object. */
export const toolInputObject = (input: unknown): Readonly<Record<string, unknown>> => (isObject(input) ? input : { value: input });

const invalid = (written: string): Readonly<Record<string, unknown>> => ({ _invalid_arguments: written });
