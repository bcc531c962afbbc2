/** Ends the process at a moment in the life of a message: before or after a write of the store. */
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';

const WRITES = ['acceptTurn', 'recordToolResult', 'endTurn', 'beginPart', 'endPart'] as const;
type Write = (typeof WRITES)[number];

export interface Moment {
  readonly write: Write;
  readonly when: 'before' | 'after';
  /** Which of these moments of this process, from 1. */
  readonly nth: number;
}

/** `endPart:before:3`. */
export const parseMoment = (text: string): Moment => {
  const [name, when, nth] = text.split(':');
  const write = WRITES.find((one) => one === name);
  if (!write || (when !== 'before' && when !== 'after')) throw new Error(`there is no moment ${text}`);
  return { write, when, nth: Number(nth ?? 1) };
};

export const storeThatDies = (store: Store, { write, when, nth }: Moment): Store => {
  let seen = 0;
  const dieIfDue = (): void => {
    if (++seen === nth) process.kill(process.pid, 'SIGKILL');
  };
  const mortal = async (...input: readonly unknown[]): Promise<unknown> => {
    if (when === 'before') dieIfDue();
    // The store's own method, with its own input.
    const output: unknown = await Reflect.apply(store[write], store, [...input]);
    if (when === 'after') dieIfDue();
    return output;
  };
  return { ...store, [write]: mortal };
};
