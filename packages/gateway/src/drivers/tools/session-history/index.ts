import { sessionHistory } from '@openclaw/contract';
import { z } from 'zod';
import { defineTool } from '../../../engine/ports/tool.ts';

export const sessionHistoryTool = defineTool({
  name: 'session_history',
  description: 'Messages of this conversation, or of another session by its key or name, newest page first. Use it for what the summary leaves out.',
  effect: 'none',
  input: z.strictObject({
    session: z.string().min(1).max(256).optional(),
    limit: z.number().int().min(1).max(50).default(20),
    offset: z.number().int().min(0).default(0),
  }),
  run: async ({ session, limit, offset }, context) => {
    const page = await context.call(sessionHistory, { session: session ?? context.sessionKey, limit, offset });
    const lines = page.messages.map(({ createdAt, role, text }) => `${createdAt} ${role}: ${text.slice(0, 2_000)}`);
    return [`${page.total} messages in all; showing ${lines.length}, skipping the newest ${offset}.`, ...lines].join('\n');
  },
});
