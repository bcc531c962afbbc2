/** A name that something can be published under: no wildcards in it. */
export const isTopic = (topic: string): boolean => topic !== '' && !/[+#\0]/.test(topic) && Buffer.byteLength(topic) <= 65_535;

/** What can be listened to: `+` stands for one whole level, `#` for all that is left. */
export const isFilter = (filter: string): boolean =>
  filter !== '' && !filter.includes('\0') && filter.split('/').every((level, at, all) => !/[+#]/.test(level) || level === '+' || (level === '#' && at === all.length - 1));

/** What the wildcards of a filter stand for in a topic, in order; undefined where it does not match. Topics of the broker's own match no wildcard. */
export const matched = (filter: string, topic: string): readonly string[] | undefined => {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return undefined;
  const [wanted, levels] = [filter.split('/'), topic.split('/')];
  const found: string[] = [];
  for (const [at, level] of wanted.entries()) {
    if (level === '#') return [...found, levels.slice(at).join('/')];
    const there = levels[at];
    if (there === undefined || (level !== '+' && level !== there)) return undefined;
    if (level === '+') found.push(there);
  }
  return levels.length === wanted.length ? found : undefined;
};

/** `home/{1}/answer`: the place of the first wildcard, and so on. */
export const filled = (template: string, found: readonly string[]): string => template.replaceAll(/\{(\d)\}/g, (_, number: string) => found[Number(number) - 1] ?? '');
