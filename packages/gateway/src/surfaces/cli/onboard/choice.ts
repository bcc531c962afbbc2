import type { ConfigChanged } from '../config/host.ts';
import { whenItCounts } from '../config/work.ts';
import type { Endpoint } from './host.ts';

export interface OnboardFlags {
  readonly provider?: string;
  readonly apiKey?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly skipTest?: boolean;
  readonly yes?: boolean;
}

export const DEMO: Endpoint = { provider: 'openclaw' };

/** How the file names a key that stays in the environment. */
export const asVariable = (name: string): string => `\${${name}}`;

/** What was done, and what to do next. */
export const whatNow = (changed: ConfigChanged, model: string): readonly string[] => [
  `${model} answers from now on: it is in ${changed.file}`,
  whenItCounts(changed),
  ...(changed.running ? [] : ['', 'Next:', '  openclaw gateway start']),
  ...(changed.running ? ['', 'Next:'] : []),
  '  openclaw chat',
];
