/** Where models come from, as the config and the environment say it. */
export interface ModelSettings {
  /** 'provider/name', a bare name or an alias. Undefined: the first provider's, else the demo. */
  readonly default: string | undefined;
  /** Tried in this order when the model asked for gives no answer. */
  readonly fallbacks: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  /** By 'provider/name' or bare name; goes before every price list. */
  readonly prices: Readonly<Record<string, TokenPrice>>;
  /** Overrides what is known of the size of any model's context. */
  readonly contextTokens?: number;
}

export interface ProviderSettings {
  /** The wire it speaks: a model driver's `api` or one of its aliases. */
  readonly api: string;
  /** Undefined: the wire's own endpoint. */
  readonly baseUrl?: string;
  /** In the order they are used; none for servers that want none. */
  readonly apiKeys: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly models?: readonly ModelEntry[];
}

export interface ModelEntry {
  readonly id: string;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  /** What it can be shown; absent where only its name tells. */
  readonly input?: readonly ('text' | 'image')[];
}

/** USD for a million tokens. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}
