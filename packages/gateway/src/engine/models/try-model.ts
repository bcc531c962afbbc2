import type { OutputOf, testModel } from '@openclaw/contract';
import type { Models } from './create-models.ts';

const DEADLINE_MS = 30_000;

/** One short answer of a model, to see that it can be reached. */
export const tryModel = async (models: Models, name: string | undefined, signal: AbortSignal): Promise<OutputOf<typeof testModel>> => {
  const model = models.resolve(name);
  const request = { system: 'Answer in a word or two.', messages: [{ role: 'user' as const, text: 'Say hello.' }], tools: [], maxTokens: Math.min(64, model.maxOutputTokens) };
  const answer = models.stream(model, request, AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]));
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
