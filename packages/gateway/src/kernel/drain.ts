/** Runs a generator to its end, showing each event on the way, and hands back what it returns. */
export const drain = async <Event, Result>(
  run: AsyncGenerator<Event, Result>,
  onEvent?: (event: Event) => void | Promise<void>,
): Promise<Result> => {
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
    await onEvent?.(step.value);
  }
};
