import { z } from 'zod';
import { EVENT_TYPES } from './event-types.ts';
import { Reply } from './messages.ts';
import { operation } from './operation.ts';
import { Page, SessionRef } from './sessions.ts';
import { TurnEvent } from './turn-events.ts';
import { wholeNumber } from './whole-number.ts';

/** How a turn ended; always the last thing on its stream. */
export const TurnEnd = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), reply: Reply }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type TurnEnd = z.infer<typeof TurnEnd>;

/** Something an agent does right now, in a session the caller may see. */
export const Activity = z.discriminatedUnion('type', [
  z.object({ type: z.literal('turn'), turnId: z.string(), sessionId: z.string(), sessionKey: z.string(), event: z.union([TurnEvent, TurnEnd]) }),
  /** The watcher was too slow and missed some of it. */
  z.object({ type: z.literal('gap'), missed: z.number().int() }),
]);
export type Activity = z.infer<typeof Activity>;

export const watchActivity = operation({
  name: 'activity.watch',
  permission: 'messages:read',
  kind: 'read',
  summary: 'What the agent does, live, in every session the caller may see. It ends when the caller leaves.',
  input: z.strictObject({ session: SessionRef.optional() }),
  output: z.object({}),
  event: Activity,
  errors: ['session_not_found'],
});

export const DurableEvent = z.object({
  seq: z.number().int(),
  id: z.string(),
  type: z.enum(EVENT_TYPES),
  at: z.iso.datetime(),
  sessionKey: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type DurableEvent = z.infer<typeof DurableEvent>;

export const listEvents = operation({
  name: 'events.list',
  permission: 'messages:read',
  kind: 'read',
  summary: 'What happened, in order, after a given sequence number.',
  input: z.strictObject({ after: wholeNumber(0, Number.MAX_SAFE_INTEGER).prefault(0), limit: Page.shape.limit }),
  output: z.object({ events: z.array(DurableEvent), next: z.number().int() }),
});
