import { type FinishReason, GatewayError, type Reply, type Session, toGatewayError } from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { letOthersIn } from '../../kernel/let-others-in.ts';
import type { Log } from '../../kernel/log.ts';
import type { BudgetKeeper, Spender } from '../budgets/index.ts';
import type { ModelOutcome, Models, ResolvedModel } from '../models/index.ts';
import type { LiveNews, LivePiece } from '../ports/event-bus.ts';
import type { ModelMessage, ModelToolCall, Opaque, ToolSpec } from '../ports/model.ts';
import type { Store } from '../ports/store.ts';
import { StaleFence, type StartedTurn, type StepUsage, type TranscriptEntry, type TurnEnding } from '../ports/turn-records.ts';
import { newestThatFit, roomFor, summarise, turnsToCompact } from './compaction.ts';
import { byTurn, estimateTokens, summaryOf, toConversation, withinContext } from './conversation.ts';
import type { OfferedSkill } from '../skills/index.ts';
import { type Instructions, knownTimezone } from './instructions.ts';
import type { AgentSettings } from './settings.ts';
import { showImages } from './shown-images.ts';
import { TurnProgress } from './turn-progress.ts';
import { type ToolDeps, TurnTools } from './turn-tools.ts';
import { resolveWorkingDirectory } from './working-directory.ts';

export interface AgentDeps extends ToolDeps {
  /** Writes here are tried until they hold or the turn is lost to another worker. */
  readonly store: Pick<Store, 'transcript' | 'recordStep' | 'recordToolResult' | 'takeSteering' | 'recordSummary'>;
  /** The messages of these turns went into one that runs: they are over. */
  readonly tookIn: (turnIds: readonly string[]) => void;
  readonly models: Models;
  readonly settings: (session: Pick<Session, 'agent' | 'workspace'>) => AgentSettings;
  readonly instructions: Instructions;
  /** What the agent may use in this workspace. */
  readonly skills: (workspace: string) => Promise<readonly OfferedSkill[]>;
  readonly budgets: Pick<BudgetKeeper, 'check' | 'sawUnpriced'>;
  readonly log: Log;
}

type Show = (event: LivePiece | LiveNews) => void;

/** What every step of a turn asks with. */
interface Asked {
  readonly model: ResolvedModel;
  readonly system: string;
  readonly tools: readonly ToolSpec[];
}

/** One model step as it came in. */
interface Step {
  readonly message: string;
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly opaque: Opaque | undefined;
  readonly usage: StepUsage;
  readonly reason: ModelOutcome['reason'];
}

/**
 * Does a turn, or what is left of it: the transcript is the journal, so a turn that was interrupted goes on from its last row.
 * Resolves to how it ended; rejects only with the reason of `signal`, or when the turn has gone to another worker.
 */
export const runTurn = async (deps: AgentDeps, started: StartedTurn, show: Show, signal: AbortSignal): Promise<TurnEnding> => {
  const run = new TurnRun(deps, started, show, signal);
  try {
    return await run.toTheEnd();
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof StaleFence) throw thrown;
    const error = toGatewayError(thrown);
    if (error.code === 'internal') deps.log('error', 'a turn failed unexpectedly', { turnId: started.turn.id, cause: causeOf(thrown) });
    return run.failed(error);
  }
};

class TurnRun {
  readonly #deps: AgentDeps;
  readonly #started: StartedTurn;
  readonly #show: Show;
  readonly #signal: AbortSignal;
  readonly #agent: AgentSettings;
  #progress = new TurnProgress();
  /** What the unfinished step has shown so far, and the id of the message it becomes: kept with the turn when it ends here. */
  #partial = '';
  #message = '';
  #summarised: boolean;
  /** The most tokens of conversation this turn's model takes, once it has refused more. */
  #room = Number.POSITIVE_INFINITY;

  constructor(deps: AgentDeps, started: StartedTurn, show: Show, signal: AbortSignal) {
    this.#deps = deps;
    this.#started = started;
    this.#show = show;
    this.#signal = signal;
    this.#agent = deps.settings(started.session);
    this.#summarised = started.summarised;
  }

  async toTheEnd(): Promise<TurnEnding> {
    const { models, instructions } = this.#deps;
    const { turn, task } = this.#started;
    const model = models.resolve(turn.options.model ?? this.#agent.model);
    // What was allowed when the task was accepted may have been moved or forbidden since.
    const workingDirectory = task?.workingDirectory === undefined ? undefined : await resolveWorkingDirectory(task.workingDirectory, this.#agent);
    const skills = await this.#usableSkills();
    const system = await instructions(this.#agent, { ...turn.context, workingDirectory }, new Date(this.#deps.now()), skills);
    const tools = this.#toolsIn(workingDirectory, skills);
    let transcript = await this.#transcript();
    if (await tools.finishOpen(transcript)) transcript = await this.#transcript();
    this.#progress = TurnProgress.of(transcript.filter(({ turnId }) => turnId === turn.id));
    for (;;) {
      this.#signal.throwIfAborted();
      this.#progress.check(this.#agent.limits);
      await this.#deps.budgets.check(this.#spender);
      const step = await this.#ask(transcript, { model, system, tools: tools.specs });
      if (step.usage.costUSD === undefined) this.#deps.budgets.sawUnpriced(this.#spender, step.usage.model);
      this.#progress.count(step.usage, step.toolCalls);
      if (step.toolCalls.length === 0) return this.#done(step);
      // The step was counted when it came in.
      const calls = await tools.journal({ ...step, messageId: step.message }, this.#progress.steps - 1);
      // What it said is in the journal now: it is not kept a second time where the turn ends among its tools.
      this.#partial = '';
      await tools.run(calls);
      await this.#heedSteering();
      transcript = await this.#transcript();
    }
  }

  /** What was said meanwhile goes into the next step. What comes after the last step is answered next. */
  async #heedSteering(): Promise<void> {
    if (!this.#started.steered) return;
    const taken = await this.#deps.store.takeSteering(this.#started.fence, this.#deps.now());
    if (taken.length > 0) this.#deps.tookIn(taken);
  }

  #toolsIn(workingDirectory: string | undefined, skills: readonly OfferedSkill[]): TurnTools {
    const { workspaceFolder, timezone, limits } = this.#agent;
    return new TurnTools(this.#deps, this.#started, {
      signal: this.#signal,
      timezone: knownTimezone(this.#started.turn.context.timezone) ?? timezone,
      workspaceFolder,
      workingDirectory,
      skillFolders: skills.map(({ folder }) => folder),
      timeoutSeconds: limits.toolTimeoutSeconds,
    }, this.#show);
  }

  get #spender(): Spender {
    const { turn, session } = this.#started;
    return { caller: turn.caller, place: session };
  }

  failed(error: GatewayError): TurnEnding {
    const { code, message, details } = error;
    const now = this.#deps.now();
    return {
      state: code === 'turn_cancelled' ? 'cancelled' : 'failed',
      message: this.#partial === '' ? undefined : { id: this.#message, text: this.#partial, opaque: undefined, usage: undefined },
      reply: undefined,
      error: { code, message },
      retryAt: details.retryAfterSeconds === undefined ? undefined : now + details.retryAfterSeconds * 1000,
      now,
    };
  }

  /** What nothing can read need not be told of. */
  async #usableSkills(): Promise<readonly OfferedSkill[]> {
    const { tools, skills, log } = this.#deps;
    if (!tools.some(({ readsSkills }) => readsSkills)) return [];
    return skills(this.#started.session.workspace).catch((thrown: unknown) => {
      log('warn', 'the skills could not be looked at; this turn goes without them', { cause: String(thrown) });
      return [];
    });
  }

  #transcript(): Promise<readonly TranscriptEntry[]> {
    return this.#deps.store.transcript(this.#started.session.id, this.#started.turn.seq, { summarised: this.#summarised });
  }

  /** One step; where the model finds the conversation too long, once more with half of it. */
  async #ask(transcript: readonly TranscriptEntry[], asked: Asked): Promise<Step> {
    const messages = await this.#context(transcript, asked);
    try {
      return await this.#step(asked, messages);
    } catch (thrown) {
      if (!isContextTooLong(thrown) || this.#room !== Number.POSITIVE_INFINITY) throw thrown;
      this.#room = estimateTokens(messages) / 2;
      return await this.#step(asked, await this.#context(await this.#transcript(), asked));
    }
  }

  async #context(transcript: readonly TranscriptEntry[], { model, system }: Asked): Promise<readonly ModelMessage[]> {
    const { turn } = this.#started;
    const settings = this.#agent.compaction;
    const room = Math.min(this.#room, roomFor(model.contextTokens, Math.ceil(system.length / 4) + this.#maxTokens(model), settings));
    const own = transcript.filter(({ turnId }) => turnId === turn.id);
    const turns = byTurn(await showImages(turn.options.noMemory ? own : transcript, { folder: this.#agent.workspaceFolder, imageTypes: model.imageTypes, room }));
    if (turn.options.noMemory) return withinContext(toConversation(undefined, turns, turn.id), room);
    const summary = summaryOf(transcript);
    const compact = turnsToCompact(summary, turns, turn.id, room, settings);
    if (compact.length === 0) return withinContext(toConversation(summary, newestThatFit(summary, turns, turn.id, room), turn.id), room);

    const { record, usage } = await summarise(this.#deps.models, model, summary, compact, this.#deps.now(), this.#signal);
    await this.#deps.store.recordSummary(this.#started.fence, usage ? { ...record, usage: { ...usage, agent: this.#agent.id } } : record);
    this.#summarised = true;
    if (usage) this.#progress.spend(usage);
    this.#show({ type: 'compacted', messages: compact.length });
    const rest = newestThatFit(record.text, turns.slice(compact.length), turn.id, room);
    return withinContext(toConversation(record.text, rest, turn.id), room);
  }

  #maxTokens(model: ResolvedModel): number {
    return Math.min(this.#started.turn.options.maxTokens ?? this.#agent.maxTokens, model.maxOutputTokens);
  }

  async #step({ model, system, tools }: Asked, messages: readonly ModelMessage[]): Promise<Step> {
    const toolCalls: ModelToolCall[] = [];
    this.#beginMessage();
    const request = { system, messages, tools, maxTokens: this.#maxTokens(model) };
    const stream = this.#deps.models.stream(model, request, this.#signal);
    for (;;) {
      const next = await stream.next();
      if (next.done) {
        const { modelId, usage, costUSD, latencyMs, opaque, reason } = next.value;
        const step = { message: this.#message, text: this.#partial, toolCalls, opaque, reason, usage: { ...usage, model: modelId, agent: this.#agent.id, costUSD, latencyMs: Math.round(latencyMs) } };
        return step;
      }
      const event = next.value;
      if (event.type === 'text') {
        this.#show({ type: 'text', step: this.#progress.steps, message: this.#message, offset: this.#partial.length, delta: event.delta });
        this.#partial += event.delta;
        // A model can be faster than all who listen to it.
        await letOthersIn();
      } else if (event.type === 'tool_call') {
        toolCalls.push(event.call);
      } else if (event.type === 'retry') {
        this.#show({ type: 'retry', step: this.#progress.steps, message: this.#message, reason: event.reason });
        toolCalls.length = 0;
        this.#beginMessage();
      }
    }
  }

  /** Each asking has a message of its own, so that nobody takes the words of one for those of another. */
  #beginMessage(): void {
    this.#message = newId('msg', this.#deps.now());
    this.#partial = '';
  }

  #done(step: Step): TurnEnding {
    const now = this.#deps.now();
    const { turn, session } = this.#started;
    const id = step.message;
    const reply: Reply = {
      messageId: id,
      turnId: turn.id,
      sessionId: session.id,
      sessionKey: session.key,
      text: step.text,
      model: step.usage.model,
      usage: this.#progress.usage,
      toolsInvoked: [...this.#progress.tools],
      finishReason: toFinishReason(step.reason),
      latencyMs: now - turn.createdAt,
    };
    return { state: 'done', message: { id, text: step.text, opaque: step.opaque, usage: step.usage }, reply, error: undefined, now };
  }
}

const isContextTooLong = (thrown: unknown): boolean =>
  thrown instanceof GatewayError && thrown.code === 'invalid_request' && thrown.details['reason'] === 'context_too_long';

const toFinishReason = (reason: ModelOutcome['reason']): FinishReason => (reason === 'tool_calls' ? 'stop' : reason);

const causeOf = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));

