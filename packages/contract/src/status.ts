import { z } from 'zod';
import { operation } from './operation.ts';

export const Status = z.object({
  ok: z.boolean(),
  version: z.string(),
  /** Seconds since start. */
  uptime: z.number(),
  agent: z.string(),
  model: z.string(),
  store: z.string(),
  sessions: z.number().int(),
  turns: z.object({ queued: z.number().int(), running: z.number().int() }),
  memoryMB: z.number(),
  /** Each channel with `connected`, or why not. */
  channels: z.record(z.string(), z.string()),
  /** MCP servers whose tools the agent has now. */
  mcpServers: z.array(z.string()),
});
export type Status = z.infer<typeof Status>;

export const getStatus = operation({
  name: 'status.get',
  permission: 'status:read',
  kind: 'read',
  summary: 'Is it up, what serves, how busy is it.',
  input: z.strictObject({}),
  output: Status,
});
