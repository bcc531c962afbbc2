import { z } from 'zod';
import { Reply } from './messages.ts';
import { operation } from './operation.ts';
import { plainText } from './text.ts';
import { TurnEvent } from './turn-events.ts';

export const TurnState = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
export type TurnState = z.infer<typeof TurnState>;

export const Turn = z.object({
  id: z.string(),
  sessionId: z.string(),
  sessionKey: z.string(),
  state: TurnState,
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** How often it was begun: above 1 after a crash. */
  attempts: z.number().int(),
  reply: Reply.nullable(),
  error: z.object({ code: z.string(), message: z.string(), /** When trying again makes sense, where that is known. */ retryAt: z.iso.datetime().optional() }).nullable(),
});
export type Turn = z.infer<typeof Turn>;

/** `turn_…`; what was begun as a task may be named `task_…` too. */
const TurnId = plainText(100).min(1);

export const getTurn = operation({
  name: 'turns.get',
  permission: 'messages:read',
  kind: 'read',
  summary: 'Where a turn stands, with its reply once it has one.',
  input: z.strictObject({ turn: TurnId }),
  output: Turn,
  errors: ['turn_not_found'],
});

export const watchTurn = operation({
  name: 'turns.watch',
  permission: 'messages:read',
  kind: 'read',
  summary: 'The events of a turn from its beginning, or after a place on its stream, then how it ended.',
  input: z.strictObject({
    turn: TurnId,
    /** The `cursor` of the last event that was seen. */
    after: plainText(300).optional(),
    timeoutSeconds: z.number().min(0).max(86_400).default(600),
  }),
  output: Turn,
  event: TurnEvent,
  errors: ['turn_not_found', 'timeout'],
});

export const cancelTurn = operation({
  name: 'turns.cancel',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Stops a turn: a queued one never starts, a running one is aborted.',
  input: z.strictObject({ turn: TurnId }),
  output: Turn,
  errors: ['turn_not_found'],
});
