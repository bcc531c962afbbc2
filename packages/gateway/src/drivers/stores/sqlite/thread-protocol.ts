/** What goes to the database's thread: calls, several at a time. */
export interface ThreadCall {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** What comes back, once the commit that holds it is on the disk. */
export type ThreadAnswer = { readonly id: number; readonly output: unknown } | { readonly id: number; readonly failure: Failure };

/** An error as it crosses between threads, where classes are lost. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface ThreadStart {
  readonly file: string;
}

export type FromThread = { readonly ready: true } | { readonly startFailed: string } | { readonly answers: readonly ThreadAnswer[] };
export type ToThread = { readonly calls: readonly ThreadCall[] } | { readonly close: true };
