import { z } from 'zod';
import { operation } from './operation.ts';
import { Usage } from './sessions.ts';
import { plainText } from './text.ts';

export const listModels = operation({
  name: 'models.list',
  permission: 'status:read',
  kind: 'read',
  summary: 'Every configured provider with the models it offers now.',
  input: z.strictObject({}),
  output: z.object({
    default: z.string(),
    providers: z.array(z.object({ provider: z.string(), models: z.array(z.string()), problem: z.string().optional() })),
  }),
});

export const testModel = operation({
  name: 'models.test',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Asks a model for one short answer, to see that it can be reached. It stands in no session.',
  input: z.strictObject({ model: plainText(200).min(1).optional() }),
  output: z.object({ model: z.string(), text: z.string(), latencyMs: z.number().int(), usage: Usage }),
  errors: ['model_not_configured', 'model_failed', 'model_overloaded', 'timeout'],
});
