import type { Budget } from '@openclaw/contract';

/** What one agent is, and what bounds its work. */
export interface AgentSettings {
  readonly id: string;
  readonly workspaceFolder: string;
  /** Where it finds who it is when its own folder does not say. */
  readonly personaFolder?: string;
  /** Folders outside of it that tasks may name to work in. */
  readonly roots: readonly string[];
  /** Where the turn names no model. */
  readonly model: string | undefined;
  /** Replaces the built-in opening of the instructions. */
  readonly systemPrompt: string | undefined;
  readonly timezone: string;
  readonly language: string | undefined;
  /** The most tokens of one answer. */
  readonly maxTokens: number;
  readonly compaction: CompactionSettings;
  readonly limits: TurnLimits;
  readonly budget: Budget | undefined;
}

export interface CompactionSettings {
  readonly enabled: boolean;
  /** Tokens of the model's context that the conversation must leave free. */
  readonly reserveTokens: number;
  /** Tokens of the newest turns that are kept word for word. */
  readonly keepRecentTokens: number;
}

export interface TurnLimits {
  readonly maxSteps: number;
  readonly maxRepeatedToolCalls: number;
  readonly maxTokens: number | undefined;
  readonly maxCostUSD: number | undefined;
  readonly turnTimeoutSeconds: number;
  readonly toolTimeoutSeconds: number;
}
