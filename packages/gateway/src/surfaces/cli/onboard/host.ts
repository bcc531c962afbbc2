import type { OutputOf, testModel } from '@openclaw/contract';
import type { ConfigChanged } from '../config/host.ts';

/** What choosing a model takes of this machine. No gateway need run. */
export interface OnboardHost {
  /** Providers known by name, in the order in which they are offered. */
  readonly known: readonly KnownChoice[];
  /** Servers of local models that answer now. */
  localServers(): Promise<readonly LocalChoice[]>;
  /** Whether the configuration has a key for a provider already. */
  hasKey(provider: string): Promise<boolean>;
  /** The models an endpoint offers. Rejects with why it offers none. */
  models(endpoint: Endpoint): Promise<readonly string[]>;
  /** Asks a model for one short answer. Rejects with what to do about it. */
  try(endpoint: Endpoint, model: string): Promise<OutputOf<typeof testModel>>;
  /** Writes the choice into the configuration: this model answers from now on. */
  save(endpoint: Endpoint, model: string): Promise<ConfigChanged>;
}

export interface KnownChoice {
  readonly id: string;
  readonly model: string;
  /** Where its key is looked for, and the one of them that is set. */
  readonly variable: string;
  readonly found: string | undefined;
}

export interface LocalChoice {
  readonly id: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
}

/** Where models are asked: a section of `models.providers`. */
export interface Endpoint {
  readonly provider: string;
  readonly baseUrl?: string;
  /** The key itself, or `${NAME}` for the variable that holds it. */
  readonly apiKey?: string;
}
