// Both ways the messages travel as JSON: for values of this size that costs half of what copying objects between threads does.

/** What goes to the database's thread: calls, several at a time. */
export interface ThreadCall {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** What comes back, once the commit that holds it is on the disk. */
export type ThreadAnswer = { readonly id: number; readonly output?: unknown } | { readonly id: number; readonly failure: Failure };

/** An error as it crosses between threads, where classes are lost. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** The disk or the database was at fault, and may be well again later. */
  readonly passing?: boolean;
}

/** A thread serves one database at a time: `file` of the first message, until it says that it has closed it. */
export type FromThread = { readonly opened: true } | { readonly refused: string } | { readonly answers: string } | { readonly closed: true };
/** Each call is a text of its own: put together, large ones would be copied once more. */
export type ToThread = { readonly open: string } | { readonly calls: readonly string[] } | { readonly close: true };

// Written by the other end of our own channel.
export const parseCall = (json: string): ThreadCall => JSON.parse(json) as ThreadCall;
export const parseAnswers = (json: string): readonly ThreadAnswer[] => JSON.parse(json) as ThreadAnswer[];
