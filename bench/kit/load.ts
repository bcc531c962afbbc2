import { Agent } from 'undici';

export interface Target {
  readonly url: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of the n-th request. */
  readonly body: (n: number) => object;
}

export interface Load {
  readonly perSecond: number;
  /** Milliseconds, sorted. */
  readonly latencies: readonly number[];
}

/** Keeps `connections` requests under way until `total` are answered. Any answer but 200 ends the bench. */
export const load = async (target: Target, connections: number, total: number): Promise<Load> => {
  const agent = new Agent({ connections, pipelining: 1 });
  const latencies: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < total) {
      const n = next++;
      const started = performance.now();
      const { statusCode, body } = await agent.request({
        origin: target.url,
        path: target.path,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...target.headers },
        body: JSON.stringify(target.body(n)),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${target.path} answered ${statusCode}: ${text}`);
      latencies.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - started) / 1000;
  await agent.close();
  return { perSecond: total / seconds, latencies: latencies.toSorted((a, b) => a - b) };
};

export const percentile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

export const median = (values: readonly number[]): number => percentile(values.toSorted((a, b) => a - b), 0.5);
