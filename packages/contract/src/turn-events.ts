import { z } from 'zod';

/** The place on the turn's stream after this event: whoever names it gets what follows. Absent where a stream cannot be taken up again. */
const cursor = z.string().optional();

/** What an agent does while it answers. Every surface shows some of these; none invents others. */
export const TurnEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), turnId: z.string(), sessionKey: z.string() }),
  z.object({ type: z.literal('text'), delta: z.string(), cursor }),
  z.object({ type: z.literal('tool_call'), id: z.string(), tool: z.string(), input: z.unknown(), cursor }),
  z.object({ type: z.literal('tool_result'), id: z.string(), tool: z.string(), output: z.string(), isError: z.boolean(), cursor }),
  /** What was shown of an unfinished model step is void: it is being asked again after a fault. */
  z.object({ type: z.literal('retry'), reason: z.string(), cursor }),
  /** Older turns were summed up. News, and no part of what can be taken up again. */
  z.object({ type: z.literal('compacted'), messages: z.number().int() }),
]);
export type TurnEvent = z.infer<typeof TurnEvent>;
