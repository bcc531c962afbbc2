import { parseDuration } from '../../../kernel/duration.ts';
import type { Config } from '../schema.ts';

export interface CronSettings {
  readonly enabled: boolean;
  /** What was missed while nothing ran is not caught up. */
  readonly skipMissed: boolean;
  /** How late a missed time may be caught up. */
  readonly graceMs: number;
  /** As many as one credential may have. */
  readonly mostJobs: number;
  /** How long the session of a run is kept when it is over; undefined is for good. */
  readonly keepSessionsMs: number | undefined;
}

export const cronFrom = ({ enabled = true, skipMissedJobs = false, grace = '1h', maxJobs = 1_000, sessionRetention = '24h' }: NonNullable<Config['cron']>, env: Readonly<Record<string, string | undefined>>): CronSettings => ({
  enabled: enabled && !/^(?:1|true|yes|on)$/i.test(env['OPENCLAW_SKIP_CRON'] ?? ''),
  skipMissed: skipMissedJobs,
  graceMs: parseDuration(grace) ?? 0,
  mostJobs: maxJobs,
  keepSessionsMs: sessionRetention === false ? undefined : parseDuration(sessionRetention),
});
