import { z } from 'zod';
import { operation } from './operation.ts';
import { Usage } from './sessions.ts';

export const usageToday = operation({
  name: 'usage.today',
  permission: 'stats:read',
  kind: 'read',
  summary: 'What models read, wrote and cost since midnight, in the time zone of the agent.',
  input: z.strictObject({}),
  output: z.object({ since: z.iso.datetime(), timezone: z.string(), modelCalls: z.number().int(), usage: Usage }),
});
