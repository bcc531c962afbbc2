/** Counters, gauges and histograms in the Prometheus text format. */
export class Metrics {
  readonly #families = new Map<string, { help: string; type: string; lines: () => string[] }>();

  counter(name: string, help: string, ...labels: string[]): (...values: string[]) => void {
    const counts = new Map<string, number>();
    this.#families.set(name, { help, type: 'counter', lines: () => [...counts].map(([key, value]) => `${name}${key} ${value}`) });
    return (...values) => {
      const key = labelled(labels, values);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    };
  }

  gauge(name: string, help: string, read: () => number): void {
    this.#families.set(name, { help, type: 'gauge', lines: () => [`${name} ${read()}`] });
  }

  /** Observes seconds. */
  histogram(name: string, help: string, buckets: readonly number[], ...labels: string[]): (seconds: number, ...values: string[]) => void {
    const series = new Map<string, { values: string[]; counts: number[]; sum: number; count: number }>();
    this.#families.set(name, {
      help,
      type: 'histogram',
      lines: () =>
        [...series.values()].flatMap(({ values, counts, sum, count }) => [
          ...buckets.map((bound, i) => `${name}_bucket${labelled([...labels, 'le'], [...values, String(bound)])} ${counts[i]}`),
          `${name}_bucket${labelled([...labels, 'le'], [...values, '+Inf'])} ${count}`,
          `${name}_sum${labelled(labels, values)} ${sum}`,
          `${name}_count${labelled(labels, values)} ${count}`,
        ]),
    });
    return (seconds, ...values) => {
      const key = values.join('\u0000');
      const one = series.get(key) ?? { values, counts: buckets.map(() => 0), sum: 0, count: 0 };
      series.set(key, one);
      one.sum += seconds;
      one.count++;
      buckets.forEach((bound, i) => {
        if (seconds <= bound) one.counts[i] = (one.counts[i] ?? 0) + 1;
      });
    };
  }

  text(): string {
    const out: string[] = [];
    for (const [name, { help, type, lines }] of this.#families) {
      out.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines());
    }
    return `${out.join('\n')}\n`;
  }
}

const escape = (value: string): string => value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));

const labelled = (labels: readonly string[], values: readonly string[]): string =>
  labels.length === 0 ? '' : `{${labels.map((label, i) => `${label}="${escape(values[i] ?? '')}"`).join(',')}}`;
