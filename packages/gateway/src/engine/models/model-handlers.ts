import type { listModels, testModel } from '@openclaw/contract';
import type { Handler } from '../gateway.ts';
import type { Models } from './create-models.ts';

const TEST_DEADLINE_MS = 30_000;

/** What can be asked about models, behind the door. */
export const modelHandlers = (models: () => Models) => {
  const list: Handler<typeof listModels> = async (_, { signal }) => {
    const listed = await models().list(signal);
    const providers = listed.map(({ provider, models: names, problem }) => ({ provider, models: [...names], ...(problem !== undefined && { problem }) }));
    return { default: models().defaultId, providers };
  };

  const test: Handler<typeof testModel> = async ({ model: name }, { signal }) => {
    const model = models().resolve(name);
    const request = { system: 'Answer in a word or two.', messages: [{ role: 'user' as const, text: 'Say hello.' }], tools: [], maxTokens: Math.min(64, model.maxOutputTokens) };
    const answer = models().stream(model, request, AbortSignal.any([signal, AbortSignal.timeout(TEST_DEADLINE_MS)]));
    for (let text = ''; ; ) {
      const step = await answer.next();
      if (step.done) {
        const { modelId, usage, costUSD, latencyMs } = step.value;
        return { model: modelId, text, latencyMs: Math.round(latencyMs), usage: { ...usage, costUSD: costUSD ?? null } };
      }
      if (step.value.type === 'text') text += step.value.delta;
      if (step.value.type === 'retry') text = '';
    }
  };

  return { list, test };
};
