/** Providers that need no configuration but a key in the environment. */
export interface KnownProvider {
  readonly id: string;
  readonly api: string;
  /** The first is the one to name when a key is missing. */
  readonly variables: readonly [string, ...string[]];
  readonly baseUrl: string;
  readonly defaultModel: string;
  /** Bare names that can only be this provider's. */
  readonly prefixes: RegExp | undefined;
  /** Its name in the price list. */
  readonly priceId: string;
}

const known = (provider: Omit<KnownProvider, 'api' | 'prefixes' | 'priceId'> & Partial<KnownProvider>): KnownProvider => ({
  api: 'openai',
  prefixes: undefined,
  priceId: provider.id,
  ...provider,
});

/** In the order in which the default model is chosen among them. */
export const KNOWN_PROVIDERS: readonly KnownProvider[] = [
  known({
    id: 'anthropic',
    api: 'anthropic',
    variables: ['ANTHROPIC_API_KEY'],
    baseUrl: 'https://api.anthropic.com',
    defaultModel: 'claude-sonnet-4-5',
    prefixes: /^claude-/,
  }),
  known({
    id: 'openai',
    variables: ['OPENAI_API_KEY'],
    baseUrl: 'https://api.openai.com/v1',
    defaultModel: 'gpt-5',
    prefixes: /^(gpt-|chatgpt-|o[134](-|$))/,
  }),
  known({
    id: 'google',
    api: 'google',
    variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    baseUrl: 'https://generativelanguage.googleapis.com',
    defaultModel: 'gemini-2.5-pro',
    prefixes: /^gemini-/,
  }),
  known({ id: 'openrouter', variables: ['OPENROUTER_API_KEY'], baseUrl: 'https://openrouter.ai/api/v1', defaultModel: 'anthropic/claude-sonnet-4.5' }),
  known({ id: 'groq', variables: ['GROQ_API_KEY'], baseUrl: 'https://api.groq.com/openai/v1', defaultModel: 'llama-3.3-70b-versatile' }),
  known({ id: 'mistral', variables: ['MISTRAL_API_KEY'], baseUrl: 'https://api.mistral.ai/v1', defaultModel: 'mistral-large-latest' }),
  known({ id: 'deepseek', variables: ['DEEPSEEK_API_KEY'], baseUrl: 'https://api.deepseek.com/v1', defaultModel: 'deepseek-chat' }),
  known({ id: 'xai', variables: ['XAI_API_KEY'], baseUrl: 'https://api.x.ai/v1', defaultModel: 'grok-4', priceId: 'x-ai' }),
];

export const knownProvider = (id: string): KnownProvider | undefined => KNOWN_PROVIDERS.find((provider) => provider.id === id);
