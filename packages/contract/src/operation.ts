import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import type { Permission } from './permissions.ts';

/** One thing a caller can ask of the gateway, independent of how the request travels. */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType, Event extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly permission: Permission;
  /** `write` operations are audited, and honour an idempotency key. */
  readonly kind: 'read' | 'write';
  /** A read that is audited as well: it tells of secrets, or of what others did. */
  readonly audited?: true;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** What it tells while it runs; absent where there is nothing to tell. */
  readonly event?: Event;
  /** How it can fail besides the ways in which everything can. */
  readonly errors?: readonly ErrorCode[];
}

export const operation = <Input extends z.ZodType, Output extends z.ZodType, Event extends z.ZodType = z.ZodNever>(
  definition: Operation<Input, Output, Event>,
): Operation<Input, Output, Event> => definition;

/** What a handler receives, what it must return, what it may tell, and what a client may send. */
export type InputOf<Op extends Operation> = Op extends Operation<infer Input> ? z.output<Input> : never;
export type OutputOf<Op extends Operation> = Op extends Operation<z.ZodType, infer Output> ? z.output<Output> : never;
export type EventOf<Op extends Operation> = Op extends Operation<z.ZodType, z.ZodType, infer Event> ? z.output<Event> : never;
export type RequestOf<Op extends Operation> = Op extends Operation<infer Input> ? z.input<Input> : never;
