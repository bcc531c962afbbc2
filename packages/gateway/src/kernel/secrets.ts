/** Values that must not leave the process in a log, a trace or an error. */
export interface Secrets {
  /** From now on `mask` hides this value. Shorter than eight characters is ignored: it would hide ordinary words. */
  register(value: string): void;
  mask(text: string): string;
}

export const HIDDEN = '[hidden]';

const SHORTEST = 8;
/** Credentials that show themselves by their form or their place in a text, whether anybody registered them or not. */
const PLACED = /([?&](?:access_|auth_)?token=)[^&\s"'\\#]+|(\bbearer\s+)[\w.~+/=-]{8,}|(\b(?:oclaw_live|ocl)_[0-9a-z]{12})[0-9a-z]{20,}/gi;

export const createSecrets = (): Secrets => {
  const known = new Set<string>();
  let pattern: RegExp | undefined;

  return {
    register: (value) => {
      if (value.length < SHORTEST || known.has(value)) return;
      for (const spelling of spellings(value)) known.add(spelling);
      pattern = anyOf(known);
    },
    mask: (text) => {
      const hidden = pattern === undefined ? text : replaceIfFound(text, pattern, HIDDEN);
      return replaceIfFound(hidden, PLACED, (_, query: string | undefined, scheme: string | undefined, shown: string | undefined) => `${query ?? scheme ?? shown ?? ''}${HIDDEN}`);
    },
  };
};

/** The value as it stands in plain text, inside JSON and inside a URL. */
const spellings = (value: string): readonly string[] => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())];

/** Longest first, so that a secret that begins with another leaves no tail behind. */
const anyOf = (values: ReadonlySet<string>): RegExp =>
  new RegExp(
    [...values]
      .toSorted((a, b) => b.length - a.length)
      .map((value) => value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
      .join('|'),
    'g',
  );

type Replacement = string | ((match: string, ...groups: (string | undefined)[]) => string);

/** `search` first: it allocates nothing, and nearly every line holds nothing to hide. */
const replaceIfFound = (text: string, pattern: RegExp, replacement: Replacement): string => {
  if (text.search(pattern) === -1) return text;
  return typeof replacement === 'string' ? text.replace(pattern, () => replacement) : text.replace(pattern, replacement);
};
