import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Keeps the part of the heap in which new objects begin at about `most` bytes. Left alone V8 lets it grow to 128 MB where much is made and soon
 * forgotten, as requests and connections are, and does not give it back while there is work. How far it grows at a time is the one thing about it
 * that V8 reads anew each time (decision 21).
 */
export const boundYoungGeneration = (most: number): void => {
  let grows = true;
  const look = (): void => {
    const may = youngGeneration() < most;
    if (may === grows) return;
    grows = may;
    setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`);
  };
  new PerformanceObserver(look).observe({ entryTypes: ['gc'] });
};

const youngGeneration = (): number => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
