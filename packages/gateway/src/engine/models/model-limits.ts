import { isLoopback } from './is-loopback.ts';
import type { ModelSettings, ProviderSettings } from './model-settings.ts';

export interface ModelLimits {
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
}

/** Old names first where a newer prefix would match them too. Outputs stay below what the models can: room for an answer is taken from the context. */
const BY_NAME: readonly (readonly [RegExp, ModelLimits])[] = [
  [/claude-3-(haiku|opus|sonnet)/, { contextTokens: 200_000, maxOutputTokens: 4_096 }],
  [/claude-3-5/, { contextTokens: 200_000, maxOutputTokens: 8_192 }],
  [/claude-/, { contextTokens: 200_000, maxOutputTokens: 32_000 }],
  [/gpt-5/, { contextTokens: 400_000, maxOutputTokens: 32_000 }],
  [/gpt-4\.1/, { contextTokens: 1_000_000, maxOutputTokens: 32_000 }],
  [/gpt-4o/, { contextTokens: 128_000, maxOutputTokens: 16_000 }],
  [/^(openai\/)?o[134](-|$)/, { contextTokens: 200_000, maxOutputTokens: 32_000 }],
  [/gemini-(1|2\.0)/, { contextTokens: 1_000_000, maxOutputTokens: 8_192 }],
  [/gemini-/, { contextTokens: 1_000_000, maxOutputTokens: 32_000 }],
  [/grok-4/, { contextTokens: 256_000, maxOutputTokens: 16_000 }],
  [/deepseek-/, { contextTokens: 64_000, maxOutputTokens: 8_192 }],
];

const DEMO: ModelLimits = { contextTokens: 32_000, maxOutputTokens: 4_096 };
const REMOTE: ModelLimits = { contextTokens: 128_000, maxOutputTokens: 8_192 };
/** Local servers cut the context to what fits in the memory of the machine, without saying so. */
const LOCAL: ModelLimits = { contextTokens: 32_000, maxOutputTokens: 8_192 };

export const modelLimits = (name: string, provider: ProviderSettings, settings: ModelSettings): ModelLimits => {
  const entry = provider.models?.find((model) => model.id === name);
  const table = provider.api === 'demo' ? DEMO : tableLimits(name, provider);
  const contextTokens = settings.contextTokens ?? entry?.contextTokens ?? table.contextTokens;
  const maxOutputTokens = entry?.maxOutputTokens ?? table.maxOutputTokens;
  return { contextTokens, maxOutputTokens: Math.min(maxOutputTokens, Math.ceil(contextTokens / 2)) };
};

const tableLimits = (name: string, { baseUrl }: ProviderSettings): ModelLimits => {
  if (baseUrl !== undefined && isLoopback(baseUrl)) return LOCAL;
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1] ?? REMOTE;
};
