/** How long work that never waits may hold the event loop, in milliseconds. */
const LONGEST_MS = 10;

let heldSince: number | undefined;

/**
 * For work that goes on as long as there is something to do: what has arrived is worked off without the event loop going round in between,
 * and everybody else waits. Undefined while it has not been held for long; otherwise what to wait for before going on. All such work
 * shares one measure.
 */
export const letOthersIn = (): Promise<void> | undefined => {
  const now = performance.now();
  if (heldSince === undefined) {
    heldSince = now;
    setImmediate(() => (heldSince = undefined));
  }
  return now - heldSince < LONGEST_MS ? undefined : new Promise((resolve) => setImmediate(resolve));
};
