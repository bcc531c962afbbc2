/** Runs `leave` when the signal fires, at once where it has fired before: a listener alone would wait for ever. The returned function ends it. */
export const onAbort = (signal: AbortSignal, leave: () => void): (() => void) => {
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return () => signal.removeEventListener('abort', leave);
};
