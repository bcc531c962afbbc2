import type { HttpClient } from './http-client.ts';

/** What a model is asked: the same shape for every provider; the driver words it on its wire. */
export interface ModelRequest {
  /** The name the provider knows, without the provider's own prefix. */
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
  readonly maxTokens: number;
}

export type ModelMessage =
  /** What its images are called is in its words: whoever is not shown them has read of them. */
  | { readonly role: 'user'; readonly text: string; readonly images?: readonly ModelImage[] }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls: readonly ModelToolCall[]; readonly opaque?: Opaque }
  | { readonly role: 'tool'; readonly callId: string; readonly tool: string; readonly output: string; readonly isError: boolean };

export interface ModelImage {
  /** One of the driver's `imageTypes`, by what its first bytes say. */
  readonly mediaType: string;
  readonly base64: string;
  /** Tells it from others. */
  readonly digest: string;
}

export interface ModelToolCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
}

/** What a provider wants back verbatim in the next request (signed thinking, thought signatures). Only its own driver reads it. */
export interface Opaque {
  readonly provider: string;
  readonly data: unknown;
}

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input: an object schema. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ModelUsage {
  /** Tokens read at full price: cache reads and writes are not in it. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

/** Why a model call gave no answer; the engine decides from it whether to try again, another key, or another model. */
export type ModelFailureKind =
  | 'overloaded'
  | 'rate_limited'
  | 'auth'
  | 'invalid_request'
  | 'context_too_long'
  | 'not_found'
  | 'network'
  | 'protocol';

export type ModelEvent =
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'reasoning'; readonly delta: string }
  /** Complete, with its input parsed. */
  | { readonly type: 'tool_call'; readonly call: ModelToolCall }
  | { readonly type: 'finished'; readonly reason: 'stop' | 'length' | 'tool_calls' | 'refused'; readonly usage: ModelUsage; readonly opaque?: Opaque }
  | { readonly type: 'failed'; readonly kind: ModelFailureKind; readonly message: string; readonly retryAfterMs?: number };

/**
 * One wire to models.
 *
 * - The stream ends with exactly one `finished` or `failed`; nothing comes after it.
 * - It never throws: a broken connection, a bad status and nonsense on the wire are `failed`. Only aborting `signal` may reject.
 * - Aborting `signal` closes the connection at once.
 * - `message` of a failure never holds the key.
 */
export interface ModelProvider {
  stream(request: ModelRequest, connection: ModelConnection, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** The names the endpoint offers, or undefined where it cannot say. */
  list?(connection: ModelConnection, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

export interface ModelConnection {
  readonly http: HttpClient;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a model folder exports: the wire's name as `models.providers.<id>.api` names it. */
export interface ModelDriver {
  readonly api: string;
  /** Other names of the same wire that configurations in the field use. */
  readonly aliases: readonly string[];
  /** Media types of the images its wire takes; where it says none, it is given none. */
  readonly imageTypes?: readonly string[];
  readonly provider: ModelProvider;
}

export const defineModel = (driver: ModelDriver): ModelDriver => driver;
