import { z } from 'zod';

/** A place on a turn's stream: whoever names it gets what comes after it. What it is made of is the gateway's own affair. */
const cursor = z.string();

/** What an agent does while it answers. Every surface shows some of these; none invents others. */
export const TurnEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), turnId: z.string(), sessionKey: z.string() }),
  z.object({ type: z.literal('text'), delta: z.string(), cursor: cursor.optional() }),
  z.object({ type: z.literal('tool_call'), id: z.string(), tool: z.string(), input: z.unknown(), cursor: cursor.optional() }),
  z.object({ type: z.literal('tool_result'), id: z.string(), tool: z.string(), output: z.string(), isError: z.boolean(), cursor: cursor.optional() }),
  /** What was shown of an unfinished model step is void: it is being asked again after a fault. */
  z.object({ type: z.literal('retry'), reason: z.string(), cursor: cursor.optional() }),
  z.object({ type: z.literal('gap'), missed: z.number().int() }),
  /** Older turns were summed up. News, and no part of what can be taken up again. */
  z.object({ type: z.literal('compacted'), messages: z.number().int() }),
]);
export type TurnEvent = z.infer<typeof TurnEvent>;
