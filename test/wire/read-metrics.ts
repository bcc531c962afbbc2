const FAMILY = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\}))?)*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;

/** Reads the Prometheus text format as strictly as its description; a sample's value by its name with its labels. */
export const readMetrics = (text: string): ReadonlyMap<string, number> => {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word, family = '', rest = ''] = FAMILY.exec(line) ?? [];
    if (word === 'TYPE') {
      if (types.has(family)) throw new Error(`${family} is there twice`);
      types.set(family, rest);
    }
    if (word !== undefined) continue;
    const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    if (value === undefined) throw new Error(`no sample: ${line}`);
    const of = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(of)) throw new Error(`${name} has no type before it`);
    if (samples.has(name + labels)) throw new Error(`${name}${labels} is there twice`);
    samples.set(name + labels, Number(value.replace('Inf', 'Infinity')));
  }
  return samples;
};
