import type { Operation, OutputOf, RequestOf } from '@openclaw/contract';
import { z } from 'zod';
import { type Caller, restoreCaller } from '../access/index.ts';
import type { LivePiece } from '../ports/event-bus.ts';
import type { ModelToolCall, ToolSpec } from '../ports/model.ts';
import type { Store } from '../ports/store.ts';
import type { Conversation, ReplyAddress, StartedTurn, StepRecord, TranscriptEntry } from '../ports/turn-records.ts';
import type { AnswerFile, Tool, ToolContext } from '../ports/tool.ts';
import { runTool, type ToolOutcome } from './run-tool.ts';

export interface ToolDeps {
  readonly store: Pick<Store, 'recordStep' | 'recordToolResult'>;
  readonly tools: readonly Tool[];
  readonly call: <Op extends Operation>(operation: Op, input: RequestOf<Op>, caller: Caller, conversation: Conversation) => Promise<OutputOf<Op>>;
  /** Sends a file to where a turn's answer goes. */
  readonly deliver: (file: TurnFile) => Promise<void>;
  readonly now: () => number;
}

interface TurnFile extends AnswerFile {
  readonly address: ReplyAddress;
  readonly turnId: string;
  readonly callId: string;
  readonly sessionKey: string;
  readonly workspace: string;
}

/** What every call of a turn finds around it. */
type Surroundings = Pick<ToolContext, 'signal' | 'timezone' | 'workspaceFolder' | 'workingDirectory' | 'skillFolders'> & { readonly timeoutSeconds: number };

/** A model step that asks for tools. */
type AskingStep = Pick<StepRecord, 'messageId' | 'text' | 'opaque' | 'usage'> & { readonly toolCalls: readonly ModelToolCall[] };

type Show = (event: LivePiece) => void;

/** The tools in the hands of one turn: each call is in the journal before it runs, and its result after. */
export class TurnTools {
  readonly #deps: ToolDeps;
  readonly #started: StartedTurn;
  readonly #surroundings: Surroundings;
  readonly #show: Show;

  constructor(deps: ToolDeps, started: StartedTurn, surroundings: Surroundings, show: Show) {
    this.#deps = deps;
    this.#started = started;
    this.#surroundings = surroundings;
    this.#show = show;
  }

  /** As a model is told of them. */
  get specs(): ToolSpec[] {
    return this.#deps.tools.filter(({ delivers }) => !delivers || this.#address !== undefined).map(toSpec);
  }

  /** Where the answer goes by itself. */
  get #address(): ReplyAddress | undefined {
    return this.#started.turn.duties?.deliver;
  }

  /** Writes down what a step said and asks for, before any of it is done; `at` is its number in the turn. */
  async journal({ messageId, text, toolCalls, opaque, usage }: AskingStep, at: number): Promise<readonly JournalledCall[]> {
    // Providers make ids unique in one answer only; the journal needs them unique in the turn.
    const calls = toolCalls.map((call, i) => ({ ...call, id: `${call.id.slice(0, 80)}.${messageId.slice(-6)}${i}`, effect: this.#tool(call.tool)?.effect ?? 'none' }));
    await this.#deps.store.recordStep(this.#started.fence, { messageId, text, toolCalls: calls, opaque, usage, now: this.#deps.now() });
    const place = { step: at, message: messageId, of: calls.length };
    for (const [index, { id, tool, input }] of calls.entries()) this.#show({ type: 'tool_call', ...place, index, after: text.length, id, tool, input });
    return calls.map((call, index) => ({ call, place: { ...place, index, id: call.id, tool: call.tool } }));
  }

  /** Does what was written down, side by side. */
  async run(calls: readonly JournalledCall[]): Promise<void> {
    await Promise.all(calls.map(async ({ call, place }) => this.#record(place, await this.#run(call))));
  }

  /** Calls that a crash cut off: run again where that is harmless, told as interrupted where it is not. Resolves to whether there were any. */
  async finishOpen(transcript: readonly TranscriptEntry[]): Promise<boolean> {
    const mine = transcript.filter(({ turnId }) => turnId === this.#started.turn.id);
    const asked = new Map(mine.flatMap((row) => (row.role === 'assistant' ? row.toolCalls.map((call) => [call.id, call] as const) : [])));
    const open = mine.filter((row) => row.role === 'tool' && row.state === 'started');
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
    return open.length > 0;
  }

  #tool(name: string): Tool | undefined {
    return this.#deps.tools.find((tool) => tool.name === name);
  }

  #run(call: ModelToolCall): Promise<ToolOutcome> {
    const { turn, session } = this.#started;
    const caller = restoreCaller(turn.caller);
    const { timeoutSeconds, ...around } = this.#surroundings;
    const address = this.#address;
    const context: ToolContext = {
      ...around,
      now: new Date(this.#deps.now()),
      sessionKey: session.key,
      callId: call.id,
      ...(address && { deliver: (file) => this.#deps.deliver({ ...file, address, turnId: turn.id, callId: call.id, sessionKey: session.key, workspace: session.workspace }) }),
      call: (operation, input) => this.#deps.call(operation, input, caller, { sessionKey: session.key, address }),
    };
    return runTool(this.#tool(call.tool), call, context, timeoutSeconds);
  }

  async #record(call: PlacedCall, { state, output }: ToolOutcome): Promise<void> {
    await this.#deps.store.recordToolResult(this.#started.fence, { callId: call.id, state, output, now: this.#deps.now() });
    this.#show({ type: 'tool_result', ...call, output, isError: state !== 'done' });
  }
}

type PlacedCall = Omit<Extract<LivePiece, { type: 'tool_result' }>, 'type' | 'output' | 'isError'>;

export interface JournalledCall {
  readonly call: ModelToolCall;
  readonly place: PlacedCall;
}

/** Where a call of the journal stands on the turn's stream. */
const placeOf = (id: string, tool: string, rows: readonly TranscriptEntry[]): PlacedCall => {
  const steps = rows.filter((row) => row.role === 'assistant');
  const step = steps.findIndex(({ toolCalls }) => toolCalls.some((call) => call.id === id));
  const calls = steps[step]?.toolCalls ?? [];
  return { step, message: steps[step]?.id ?? '', index: calls.findIndex((call) => call.id === id), of: calls.length, id, tool };
};

const specs = new WeakMap<Tool, ToolSpec>();

const toSpec = (tool: Tool): ToolSpec => {
  const known = specs.get(tool);
  if (known) return known;
  const spec = { name: tool.name, description: tool.description, inputSchema: z.toJSONSchema(tool.input, { io: 'input' }) };
  specs.set(tool, spec);
  return spec;
};
