import { z } from 'zod';
import { TURN_FAILURES } from './errors.ts';
import { MessageText } from './messages.ts';
import { operation } from './operation.ts';
import { SessionRef, Workspace } from './sessions.ts';

export const WakeMode = z.enum(['now', 'next-heartbeat']);
export type WakeMode = z.infer<typeof WakeMode>;

export const wakeAgent = operation({
  name: 'agent.wake',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Tells the agent that something happened: in a turn of its own at once, or together with its next heartbeat.',
  input: z.strictObject({
    text: MessageText.max(100_000),
    mode: WakeMode.default('now'),
    /** Whose agent is told; with `now`, also where. Without one: the main session of the workspace. */
    session: SessionRef.optional(),
    /** Without one: the caller's own, which is `main` unless the credential is bound to others. */
    workspace: Workspace.optional(),
  }),
  output: z.object({
    mode: WakeMode,
    /** `coalesced` where the same text waits for the next heartbeat already. */
    outcome: z.enum(['queued', 'coalesced']),
    /** Of the turn that has begun; with `now` only. */
    turnId: z.string().optional(),
  }),
  errors: [...TURN_FAILURES, 'workspace_not_found', 'conflict'],
});
