import { type FinishReason, GatewayError, type Operation, type OutputOf, type RequestOf, type Reply, type Session, toGatewayError } from '@openclaw/contract';
import { z } from 'zod';
import { newId } from '../../kernel/ids.ts';
import { letOthersIn } from '../../kernel/let-others-in.ts';
import type { Log } from '../../kernel/log.ts';
import { type Caller, restoreCaller } from '../access/index.ts';
import type { BudgetKeeper, Spender } from '../budgets/index.ts';
import type { ModelOutcome, Models, ResolvedModel } from '../models/index.ts';
import type { LiveNews, LivePiece } from '../ports/event-bus.ts';
import type { ModelMessage, ModelToolCall, Opaque, ToolSpec } from '../ports/model.ts';
import { StaleFence, type StartedTurn, type StepUsage, type Store, type TranscriptEntry, type TurnEnding } from '../ports/store.ts';
import type { Tool, ToolContext } from '../ports/tool.ts';
import { newestThatFit, roomFor, summarise, turnsToCompact } from './compaction.ts';
import { byTurn, estimateTokens, summaryOf, toConversation, withinContext } from './conversation.ts';
import type { OfferedSkill } from '../skills/index.ts';
import { type Instructions, knownTimezone } from './instructions.ts';
import { runTool, type ToolOutcome } from './run-tool.ts';
import type { AgentSettings } from './settings.ts';
import { TurnProgress } from './turn-progress.ts';
import { resolveWorkingDirectory } from './working-directory.ts';

export interface AgentDeps {
  /** Writes here are tried until they hold or the turn is lost to another worker. */
  readonly store: Pick<Store, 'transcript' | 'recordStep' | 'recordToolResult' | 'recordSummary'>;
  readonly models: Models;
  readonly tools: readonly Tool[];
  readonly settings: (session: Pick<Session, 'agent' | 'workspace'>) => AgentSettings;
  readonly instructions: Instructions;
  /** What the agent may use in this workspace. */
  readonly skills: (workspace: string) => Promise<readonly OfferedSkill[]>;
  readonly budgets: Pick<BudgetKeeper, 'check' | 'sawUnpriced'>;
  readonly call: <Op extends Operation>(operation: Op, input: RequestOf<Op>, caller: Caller) => Promise<OutputOf<Op>>;
  readonly log: Log;
  readonly now: () => number;
}

type Show = (event: LivePiece | LiveNews) => void;

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
  #workingDirectory: string | undefined;
  #skills: readonly OfferedSkill[] = [];
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
    this.#workingDirectory = task?.workingDirectory === undefined ? undefined : await resolveWorkingDirectory(task.workingDirectory, this.#agent);
    this.#skills = await this.#usableSkills();
    const system = await instructions(this.#agent, { ...turn.context, workingDirectory: this.#workingDirectory }, new Date(this.#deps.now()), this.#skills);
    let transcript = await this.#finishOpenCalls();
    this.#progress = TurnProgress.of(transcript.filter(({ turnId }) => turnId === turn.id));
    for (;;) {
      this.#signal.throwIfAborted();
      this.#progress.check(this.#agent.limits);
      await this.#deps.budgets.check(this.#spender);
      const step = await this.#ask(transcript, model, system);
      if (step.usage.costUSD === undefined) this.#deps.budgets.sawUnpriced(this.#spender, step.usage.model);
      this.#progress.count(step.usage, step.toolCalls);
      if (step.toolCalls.length === 0) return this.#done(step);
      await this.#useTools(step);
      transcript = await this.#transcript();
    }
  }

  get #spender(): Spender {
    const { turn, session } = this.#started;
    return { caller: turn.caller, place: session };
  }

  failed(error: GatewayError): TurnEnding {
    const { code, message } = error;
    return {
      state: code === 'turn_cancelled' ? 'cancelled' : 'failed',
      message: this.#partial === '' ? undefined : { id: this.#message, text: this.#partial, opaque: undefined, usage: undefined },
      reply: undefined,
      error: { code, message },
      now: this.#deps.now(),
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

  /** Calls that a crash cut off: run again where that is harmless, told as interrupted where it is not. */
  async #finishOpenCalls(): Promise<readonly TranscriptEntry[]> {
    const transcript = await this.#transcript();
    const mine = transcript.filter(({ turnId }) => turnId === this.#started.turn.id);
    const asked = new Map(mine.flatMap((row) => (row.role === 'assistant' ? row.toolCalls.map((call) => [call.id, call] as const) : [])));
    const open = mine.filter((row) => row.role === 'tool' && row.state === 'started');
    if (open.length === 0) return transcript;
    await Promise.all(
      open.map(async (row) => {
        if (row.role !== 'tool') return;
        const call = asked.get(row.callId);
        const again = call && row.effect !== 'once';
        const outcome: ToolOutcome = again
          ? await this.#run(call)
          : { state: 'interrupted', output: 'Interrupted by a restart; whether it took effect is unknown. It was not run again.' };
        await this.#record(placeOf(row.callId, row.tool, mine), outcome);
      }),
    );
    return this.#transcript();
  }

  /** One step; where the model finds the conversation too long, once more with half of it. */
  async #ask(transcript: readonly TranscriptEntry[], model: ResolvedModel, system: string): Promise<Step> {
    const messages = await this.#context(transcript, model, system);
    try {
      return await this.#step(model, system, messages);
    } catch (thrown) {
      if (!isContextTooLong(thrown) || this.#room !== Number.POSITIVE_INFINITY) throw thrown;
      this.#room = estimateTokens(messages) / 2;
      return await this.#step(model, system, await this.#context(await this.#transcript(), model, system));
    }
  }

  async #context(transcript: readonly TranscriptEntry[], model: ResolvedModel, system: string): Promise<readonly ModelMessage[]> {
    const { turn } = this.#started;
    const turns = byTurn(transcript);
    const settings = this.#agent.compaction;
    const room = Math.min(this.#room, roomFor(model.contextTokens, Math.ceil(system.length / 4) + this.#maxTokens(model), settings));
    if (turn.options.noMemory) {
      return withinContext(toConversation(undefined, turns.filter(({ turnId }) => turnId === turn.id), turn.id), room);
    }
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

  async #step(model: ResolvedModel, system: string, messages: readonly ModelMessage[]): Promise<Step> {
    const toolCalls: ModelToolCall[] = [];
    this.#beginMessage();
    const request = { system, messages, tools: this.#deps.tools.map(toSpec), maxTokens: this.#maxTokens(model) };
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

  async #useTools(step: Step): Promise<void> {
    // Providers make ids unique in one answer only; the journal needs them unique in the turn.
    const stepId = step.message;
    const calls = step.toolCalls.map((call, i) => ({
      ...call,
      id: `${call.id.slice(0, 80)}.${stepId.slice(-6)}${i}`,
      effect: this.#tool(call.tool)?.effect ?? 'none',
    }));
    const { text, opaque, usage } = step;
    await this.#deps.store.recordStep(this.#started.fence, { messageId: stepId, text, toolCalls: calls, opaque, usage, now: this.#deps.now() });
    this.#partial = '';
    // The step was counted when it came in.
    const place = { step: this.#progress.steps - 1, message: stepId, of: calls.length };
    for (const [index, { id, tool, input }] of calls.entries()) this.#show({ type: 'tool_call', ...place, index, after: text.length, id, tool, input });
    await Promise.all(calls.map(async (call, index) => this.#record({ ...place, index, id: call.id, tool: call.tool }, await this.#run(call))));
  }

  #tool(name: string): Tool | undefined {
    return this.#deps.tools.find((tool) => tool.name === name);
  }

  #run(call: ModelToolCall): Promise<ToolOutcome> {
    const { turn, session } = this.#started;
    const caller = restoreCaller(turn.caller);
    const context: ToolContext = {
      signal: this.#signal,
      now: new Date(this.#deps.now()),
      timezone: knownTimezone(turn.context.timezone) ?? this.#agent.timezone,
      workspaceFolder: this.#agent.workspaceFolder,
      workingDirectory: this.#workingDirectory,
      skillFolders: this.#skills.map(({ folder }) => folder),
      sessionKey: session.key,
      callId: call.id,
      call: (operation, input) => this.#deps.call(operation, input, caller),
    };
    return runTool(this.#tool(call.tool), call, context, this.#agent.limits.toolTimeoutSeconds);
  }

  async #record(call: PlacedCall, { state, output }: ToolOutcome): Promise<void> {
    await this.#deps.store.recordToolResult(this.#started.fence, { callId: call.id, state, output, now: this.#deps.now() });
    this.#show({ type: 'tool_result', ...call, output, isError: state !== 'done' });
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

type PlacedCall = Omit<Extract<LivePiece, { type: 'tool_result' }>, 'type' | 'output' | 'isError'>;

/** Where a call of the journal stands on the turn's stream. */
const placeOf = (id: string, tool: string, rows: readonly TranscriptEntry[]): PlacedCall => {
  const steps = rows.filter((row) => row.role === 'assistant');
  const step = steps.findIndex(({ toolCalls }) => toolCalls.some((call) => call.id === id));
  const calls = steps[step]?.toolCalls ?? [];
  return { step, message: steps[step]?.id ?? '', index: calls.findIndex((call) => call.id === id), of: calls.length, id, tool };
};

const isContextTooLong = (thrown: unknown): boolean =>
  thrown instanceof GatewayError && thrown.code === 'invalid_request' && thrown.details['reason'] === 'context_too_long';

const toFinishReason = (reason: ModelOutcome['reason']): FinishReason => (reason === 'tool_calls' ? 'stop' : reason);

const specs = new WeakMap<Tool, ToolSpec>();

const toSpec = (tool: Tool): ToolSpec => {
  const known = specs.get(tool);
  if (known) return known;
  const spec = { name: tool.name, description: tool.description, inputSchema: z.toJSONSchema(tool.input, { io: 'input' }) };
  specs.set(tool, spec);
  return spec;
};

const causeOf = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));

