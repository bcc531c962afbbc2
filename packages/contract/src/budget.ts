import { z } from 'zod';

/** What may be used in a day, in the time zone of the agent. Absent is without end. */
export const Budget = z.strictObject({
  tokensPerDay: z.number().int().min(1).max(1_000_000_000_000).optional(),
  usdPerDay: z.number().positive().max(1_000_000).optional(),
});
export type Budget = z.infer<typeof Budget>;
