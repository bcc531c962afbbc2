import type { ModelUsage } from '../ports/model.ts';
import { isLoopback } from './is-loopback.ts';
import { knownProvider } from './known-providers.ts';
import type { ModelSettings, ProviderSettings, TokenPrice } from './model-settings.ts';

export interface Priced {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly settings: ProviderSettings;
}

/**
 * What an answer cost in USD; undefined where no price is known. The price list takes 100 ms to load,
 * so it is loaded for the first answer that needs it, after that answer has been streamed.
 */
export const priceOf = async (model: Priced, usage: ModelUsage, prices: ModelSettings['prices']): Promise<number | undefined> => {
  const override = prices[model.id] ?? prices[model.name];
  if (override !== undefined) return overridden(usage, override);
  if (model.settings.api === 'demo' || isLoopback(model.settings.baseUrl ?? '')) return 0;
  const { calcPrice } = await import('@pydantic/genai-prices');
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const counts = {
    input_tokens: inputTokens + cacheReadTokens + cacheWriteTokens,
    cache_read_tokens: cacheReadTokens,
    cache_write_tokens: cacheWriteTokens,
    output_tokens: outputTokens,
  };
  try {
    return calcPrice(counts, model.name, whose(model))?.total_price;
  } catch {
    // A list that cannot price these counts is no reason to lose the answer.
    return undefined;
  }
};

const overridden = (usage: ModelUsage, { input, output, cacheRead, cacheWrite }: TokenPrice): number =>
  (usage.inputTokens * input +
    usage.outputTokens * output +
    usage.cacheReadTokens * (cacheRead ?? input) +
    usage.cacheWriteTokens * (cacheWrite ?? input)) /
  1_000_000;

const whose = ({ provider, settings }: Priced): { readonly providerId?: string; readonly providerApiUrl?: string } => {
  const known = knownProvider(provider);
  if (known !== undefined) return { providerId: known.priceId };
  return { providerApiUrl: settings.baseUrl ?? '' };
};
