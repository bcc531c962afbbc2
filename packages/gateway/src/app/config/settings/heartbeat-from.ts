import type { HeartbeatSettings } from '../../../engine/heartbeat/index.ts';
import { parseDuration } from '../../../kernel/duration.ts';
import type { Config } from '../schema.ts';

type Section = NonNullable<NonNullable<NonNullable<Config['agents']>['defaults']>['heartbeat']>;

/** It beats where a length of time is named, and not otherwise. What else is said counts for one that is asked for, too. */
export const heartbeatFrom = ({ every, activeHours, target, to, model, prompt, session }: Section): HeartbeatSettings => {
  const everyMs = every === undefined ? 0 : (parseDuration(every) ?? 0);
  const { start = '00:00', end = '24:00', timezone } = activeHours ?? {};
  return {
    everyMs: everyMs === 0 ? undefined : everyMs,
    activeHours: activeHours && { start, end, timezone },
    deliver: target === 'last' ? target : target === undefined || target === 'none' || to === undefined ? undefined : { channel: target, to },
    model,
    prompt,
    session: session ?? 'main',
  };
};
