import type { Store } from '../engine/ports/store.ts';

/** A store that says when something may have happened that others are to be told of. Who is told, and of what, stands in the store. */
export const tellOfWrites = (store: Store): { readonly store: Store; readonly onTold: (listener: () => void) => void } => {
  let told = (): void => {};
  const telling =
    <Input extends readonly unknown[], Output>(work: (...input: Input) => Promise<Output>) =>
    async (...input: Input): Promise<Output> => {
      const output = await work(...input);
      told();
      return output;
    };
  return {
    onTold: (listener) => {
      told = listener;
    },
    store: {
      ...store,
      acceptTurn: telling(store.acceptTurn),
      startTurn: telling(store.startTurn),
      endTurn: telling(store.endTurn),
      requestCancel: telling(store.requestCancel),
      createSession: telling(store.createSession),
      ensureSession: telling(store.ensureSession),
      deleteSession: telling(store.deleteSession),
      appendEvents: telling(store.appendEvents),
      warnOfBudget: telling(store.warnOfBudget),
    },
  };
};
