let round: Promise<void> | undefined;

/**
 * Resolves when the event loop has taken up all that had come in: who waits for it goes on together. Answers that go out one right after the
 * other cost a third less than answers with other work between them, for each of those wakes up whoever reads it.
 */
export const endOfRound = (): Promise<void> => {
  round ??= new Promise((resolve) => {
    setImmediate(() => {
      round = undefined;
      resolve();
    });
  });
  return round;
};
