import type { z } from 'zod';
import type { Permission } from './permissions.ts';

/** One thing a caller can ask of the gateway, independent of how the request travels. */
export interface Operation<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly permission: Permission;
  /** `write` operations are audited, and honour an idempotency key. */
  readonly kind: 'read' | 'write';
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
}

export const operation = <Input extends z.ZodType, Output extends z.ZodType>(
  definition: Operation<Input, Output>,
): Operation<Input, Output> => definition;

/** What a handler receives, what it must return, and what a client may send. */
export type InputOf<Op extends Operation> = Op extends Operation<infer Input, z.ZodType> ? z.output<Input> : never;
export type OutputOf<Op extends Operation> = Op extends Operation<z.ZodType, infer Output> ? z.output<Output> : never;
export type RequestOf<Op extends Operation> = Op extends Operation<infer Input, z.ZodType> ? z.input<Input> : never;
