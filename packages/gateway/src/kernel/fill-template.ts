/** A text with what was put into it, and where in it that stands: each part from a place up to before another. */
export interface FilledTemplate {
  readonly text: string;
  readonly parts: readonly (readonly [from: number, to: number])[];
}

interface Options {
  /** The most characters of one value. */
  readonly longestValue: number;
  /** The most characters of all values together. */
  readonly longest: number;
}

const PLACE = /\{\{([^{}]{1,400})\}\}/g;
const CUT = ' […]';

/** Puts values in for `{{a.b[0]}}`. `find` is asked with the path; what it does not find is left empty. What was put in is not looked at again. */
export const fillTemplate = (template: string, find: (path: readonly string[]) => unknown, { longestValue, longest }: Options): FilledTemplate => {
  const parts: [number, number][] = [];
  let text = '';
  let left = longest;
  let done = 0;
  for (const { 0: whole, 1: written = '', index } of template.matchAll(PLACE)) {
    text += template.slice(done, index);
    done = index + whole.length;
    const path = pathOf(written);
    const value = path === undefined ? '' : shorten(readable(textOf(find(path))), Math.min(longestValue, left));
    if (value === '') continue;
    left -= value.length;
    parts.push([text.length, text.length + value.length]);
    text += value;
  }
  return { text: text + template.slice(done), parts };
};

/** The paths that a template asks for; those that are none are undefined. */
export const pathsIn = (template: string): readonly (readonly string[] | undefined)[] => [...template.matchAll(PLACE)].map(([, written = '']) => pathOf(written));

/** `body.items[0].name` as its steps; undefined where it is no path. */
const pathOf = (written: string): readonly string[] | undefined => {
  const steps = written.trim().replace(/\[(\d{1,9})\]/g, '.$1').split('.');
  return steps.every((step) => /^[^\s.[\]]+$/.test(step)) ? steps : undefined;
};

/** What stands at the end of a path, by properties of the value's own: no prototype is ever asked. */
export const valueAt = (from: unknown, path: readonly string[]): unknown => {
  let value = from;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || step === '__proto__' || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
};

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return JSON.stringify(value) ?? '';
};

/** Without what no store keeps and no model reads. */
const readable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed();

/** Cut where it is too long, but not within a character. */
const shorten = (text: string, longest: number): string => {
  if (text.length <= longest) return text;
  if (longest <= CUT.length) return '';
  return text.slice(0, longest - CUT.length).replace(/[\uD800-\uDBFF]$/, '') + CUT;
};
