import { describe } from 'vitest';
import { anthropicModel } from '../../packages/gateway/src/drivers/models/anthropic/index.ts';
import { demoModel } from '../../packages/gateway/src/drivers/models/demo/index.ts';
import { googleModel } from '../../packages/gateway/src/drivers/models/google/index.ts';
import { openaiModel } from '../../packages/gateway/src/drivers/models/openai/index.ts';
import { modelConformance, type ModelSubject } from './model.ts';

const subjects: readonly ModelSubject[] = [
  { driver: anthropicModel, baseUrl: ({ url }) => url },
  { driver: openaiModel, baseUrl: ({ url }) => `${url}/v1` },
  { driver: googleModel, baseUrl: ({ url }) => url },
  { driver: demoModel, baseUrl: undefined },
];

describe.each(subjects)('$driver.api', (subject) => modelConformance(subject));
