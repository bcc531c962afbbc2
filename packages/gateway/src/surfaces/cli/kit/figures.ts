import type { Usage } from '@openclaw/contract';

/** Figures as people read them. */
export const money = (costUSD: number | null): string => {
  if (costUSD === null) return 'price unknown';
  return costUSD > 0 && costUSD < 0.01 ? `$${costUSD.toFixed(5)}` : `$${costUSD.toFixed(2)}`;
};

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;

export const tokens = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage): string => {
  const cache = cacheReadTokens + cacheWriteTokens > 0 ? `, ${cacheReadTokens} from and ${cacheWriteTokens} into the cache` : '';
  return `${inputTokens} in, ${outputTokens} out${cache}`;
};

/** All the tokens a model read and wrote. The contract counts them too, but brings every schema with it. */
export const tokenCount = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number => inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;

/** Digits in threes, without loading the tables of every language. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

const STEPS = [[60, 'second'], [60, 'minute'], [24, 'hour'], [Number.POSITIVE_INFINITY, 'day']] as const;

/** `3 minutes ago`. */
export const ago = (iso: string, now = Date.now()): string => {
  let left = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  for (const [size, unit] of STEPS) {
    if (left < size) return unit === 'second' && left < 5 ? 'now' : `${left} ${unit}${left === 1 ? '' : 's'} ago`;
    left = Math.floor(left / size);
  }
  return iso;
};
