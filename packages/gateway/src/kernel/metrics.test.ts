import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';

test('counters, gauges and histograms are the Prometheus text format', () => {
  const metrics = new Metrics();
  const count = metrics.counter('requests', 'All requests', 'path');
  metrics.gauge('depth', 'How deep', () => 3);
  const observe = metrics.histogram('seconds', 'How long', [0.1, 1], 'operation');
  count('/a');
  count('/a');
  count('"\n\\');
  observe(0.05, 'send');
  observe(0.1, 'send');
  observe(7, 'send');
  expect(metrics.text().split('\n')).toEqual([
    '# HELP requests All requests',
    '# TYPE requests counter',
    'requests{path="/a"} 2',
    String.raw`requests{path="\"\n\\"} 1`,
    '# HELP depth How deep',
    '# TYPE depth gauge',
    'depth 3',
    '# HELP seconds How long',
    '# TYPE seconds histogram',
    'seconds_bucket{operation="send",le="0.1"} 2',
    'seconds_bucket{operation="send",le="1"} 2',
    'seconds_bucket{operation="send",le="+Inf"} 3',
    'seconds_sum{operation="send"} 7.15',
    'seconds_count{operation="send"} 3',
    '',
  ]);
});
