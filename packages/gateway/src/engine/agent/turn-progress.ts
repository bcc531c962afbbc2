import { GatewayError, type Usage } from '@openclaw/contract';
import type { ModelToolCall } from '../ports/model.ts';
import type { StepUsage, TranscriptEntry } from '../ports/turn-records.ts';
import type { TurnLimits } from './settings.ts';

/** What a turn has spent and done so far, read from its journal so that a crash does not reset it. */
export class TurnProgress {
  #steps = 0;
  #usage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUSD: 0 };
  readonly #tools = new Set<string>();
  #lastCall = '';
  #repeats = 0;

  static of(rows: readonly TranscriptEntry[]): TurnProgress {
    const progress = new TurnProgress();
    for (const row of rows) {
      if (row.role === 'assistant') progress.count(row.usage, row.toolCalls);
    }
    return progress;
  }

  /** Model steps so far. */
  get steps(): number {
    return this.#steps;
  }

  count(usage: StepUsage | undefined, toolCalls: readonly ModelToolCall[]): void {
    this.#steps++;
    if (usage) this.spend(usage);
    for (const call of toolCalls) {
      this.#tools.add(call.tool);
      const signature = `${call.tool} ${JSON.stringify(call.input)}`;
      this.#repeats = signature === this.#lastCall ? this.#repeats + 1 : 1;
      this.#lastCall = signature;
    }
  }

  spend(usage: StepUsage): void {
    const sum = this.#usage;
    this.#usage = {
      inputTokens: sum.inputTokens + usage.inputTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      cacheReadTokens: sum.cacheReadTokens + usage.cacheReadTokens,
      cacheWriteTokens: sum.cacheWriteTokens + usage.cacheWriteTokens,
      costUSD: sum.costUSD === null || usage.costUSD === undefined ? null : sum.costUSD + usage.costUSD,
    };
  }

  /** Throws when another model step would break a limit. */
  check(limits: TurnLimits): void {
    if (this.#repeats >= limits.maxRepeatedToolCalls) {
      throw new GatewayError('loop_detected', `The agent made the same tool call ${this.#repeats} times in a row and was stopped (limits.maxRepeatedToolCalls)`);
    }
    if (this.#steps >= limits.maxSteps) {
      throw new GatewayError('step_limit', `The turn took ${this.#steps} steps and was stopped (limits.maxStepsPerTurn)`);
    }
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUSD } = this.#usage;
    const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
    if (limits.maxTokens !== undefined && tokens >= limits.maxTokens) {
      throw new GatewayError('budget_exceeded', `The turn used ${tokens} tokens and was stopped (limits.maxTokensPerTurn)`);
    }
    if (limits.maxCostUSD !== undefined && (costUSD ?? 0) >= limits.maxCostUSD) {
      throw new GatewayError('budget_exceeded', `The turn cost ${costUSD} USD and was stopped (limits.maxCostPerTurnUSD)`);
    }
  }

  get usage(): Usage {
    return this.#usage;
  }

  get tools(): readonly string[] {
    return [...this.#tools];
  }
}
