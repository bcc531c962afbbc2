import { z } from 'zod';
import { defineTool } from '../../../engine/ports/tool.ts';

export const timeTool = defineTool({
  name: 'time',
  description: 'The current date and time, in a given IANA time zone or in the one of the conversation.',
  effect: 'none',
  input: z.strictObject({ timezone: z.string().max(64).optional() }),
  run: async ({ timezone }, context) => {
    const zone = timezone ?? context.timezone;
    const local = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'full', timeStyle: 'long' }).format(context.now);
    return `${local} (${zone}); ${context.now.toISOString()} UTC`;
  },
});
