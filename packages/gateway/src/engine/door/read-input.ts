import { GatewayError, type InputOf, type Operation } from '@openclaw/contract';
import type { z } from 'zod';

/** What a client sent, as the operation's schema reads it. */
export const parse = <Op extends Operation>(operation: Op, input: unknown): InputOf<Op> => {
  const parsed = operation.input.safeParse(input);
  // `safeParse` of this operation's schema gives this operation's input.
  if (parsed.success) return parsed.data as InputOf<Op>;
  throw invalidRequest(parsed.error);
};

const invalidRequest = (error: z.ZodError): GatewayError => {
  const issues = error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.join('.'), message }));
  const [first] = issues;
  const where = first?.path ? `${first.path}: ` : '';
  return new GatewayError('invalid_request', `${where}${first?.message ?? 'invalid'}`, { path: first?.path ?? '', issues });
};

/** What was refused unread, for the audit log alone. */
export const parsedOrNothing = (operation: Operation, read: () => unknown): unknown => {
  try {
    return operation.input.safeParse(read()).data;
  } catch {
    return undefined;
  }
};
