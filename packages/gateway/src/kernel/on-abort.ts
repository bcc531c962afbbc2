/** Runs `leave` when the signal fires, at once where it has fired before: a listener alone would wait for ever. The returned function ends it. */
export const onAbort = (signal: AbortSignal, leave: () => void): (() => void) => {
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return () => signal.removeEventListener('abort', leave);
};

/** Rejects with the signal's reason when it fires; work that pays no heed to it is left behind. */
export const orAborted = async <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = onAbort(signal, () => reject(signal.reason));
  try {
    return await Promise.race([promise, work]);
  } finally {
    end();
  }
};
