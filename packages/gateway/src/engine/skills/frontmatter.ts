const LONGEST = 16 * 1024;

export interface SkillText {
  /** Whatever its author wrote: nothing of it has been checked. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Splits SKILL.md into its fields and its text; a sentence where it has not the form. */
export const splitFrontmatter = async (text: string): Promise<SkillText | string> => {
  const whole = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  if (!whole.startsWith('---\n')) return 'SKILL.md does not begin with frontmatter (a line of three dashes)';
  const end = /\n---[ \t]*(?:\n|$)/.exec(whole.slice(3, LONGEST + 8));
  if (!end) return `the frontmatter of SKILL.md has no end, or is longer than ${LONGEST} characters`;
  const head = whole.slice(4, Math.max(4, 3 + end.index));
  const fields = (await readYaml(head)) ?? readLines(head);
  return { fields, body: whole.slice(3 + end.index + end[0].length) };
};

/** A mapping of YAML without anchors, tags or two equal keys; undefined for anything else. */
export const readYaml = async (text: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const { parseDocument } = await import('yaml');
  try {
    const document = parseDocument(text, { schema: 'core', customTags: [], resolveKnownTags: false, merge: false, uniqueKeys: true, logLevel: 'error' });
    if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return isFields(value) ? value : undefined;
  } catch {
    // An alias, or nesting without end.
    return undefined;
  }
};

/** For what is nearly YAML, such as a description with a colon in it: a field a line, and nothing nested. */
const readLines = (text: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, key, value = ''] = /^([A-Za-z][\w-]{0,63}):[ \t]+(\S.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, plainValue(value.trim())]];
    }),
  );

const plainValue = (value: string): unknown => {
  if (value === 'true' || value === 'false') return value === 'true';
  const [, quoted] = /^(?:"(.*)"|'(.*)')$/.exec(value)?.filter((part) => part !== undefined) ?? [];
  return quoted ?? value;
};

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
