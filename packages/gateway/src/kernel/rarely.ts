/** Asks at most once in a while, however often it is called. */
export const rarely = (everyMs: number, ask: () => Promise<void>): (() => Promise<void>) => {
  let answer: Promise<void> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (answer === undefined || performance.now() - askedAt > everyMs) {
      askedAt = performance.now();
      answer = ask();
      answer.catch(() => {});
    }
    return answer;
  };
};
