import type { Operation, OutputOf, RequestOf } from '@openclaw/contract';
import type { z } from 'zod';

/**
 * What running a tool twice would mean. After a crash the engine re-runs `none` and `idempotent` calls;
 * an interrupted `once` call is never run again but shown to the model as interrupted.
 */
export type ToolEffect = 'none' | 'idempotent' | 'once';

export interface ToolContext {
  /** Fires at the tool's deadline, when the turn is cancelled, and when the gateway gives up the turn. */
  readonly signal: AbortSignal;
  readonly now: Date;
  readonly timezone: string;
  /** The agent's own folder. */
  readonly workspaceFolder: string;
  /** Where the turn's task names a folder to work in: its real path. What is no longer below it by that path is not in it. */
  readonly workingDirectory: string | undefined;
  /** Of the skills this turn may use: to be read, never written. */
  readonly skillFolders: readonly string[];
  readonly sessionKey: string;
  /** Stable over re-runs of the same call: what an `idempotent` tool hands on as its key. */
  readonly callId: string;
  /** Sends a file to where the answer of this turn goes, once for each `callId`. Absent where that goes to no channel. */
  readonly deliver?: ((file: AnswerFile) => Promise<void>) | undefined;
  /** The same door callers use: a tool can do only what its turn's caller may do. */
  call<Op extends Operation>(operation: Op, input: RequestOf<Op>): Promise<OutputOf<Op>>;
}

/** A file that goes with an answer. */
export interface AnswerFile {
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  readonly content: Uint8Array;
  /** What is said before it. */
  readonly caption?: string | undefined;
}

export interface Tool<Input extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly effect: ToolEffect;
  /** It reads files in `skillFolders`; without such a tool the model is told of no skills. */
  readonly readsSkills?: true;
  /** It uses `deliver`: the model is told of it only where there is one. */
  readonly delivers?: true;
  readonly input: Input;
  /** What the model reads. A rejection is shown to the model as the tool's failure; its message must hold no secret. */
  run(input: z.output<Input>, context: ToolContext): Promise<string>;
}

export const defineTool = <Input extends z.ZodType>(tool: Tool<Input>): Tool<Input> => tool;
