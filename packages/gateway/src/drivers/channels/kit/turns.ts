/** Requests come side by side: what belongs to one conversation is taken in the order in which it came, and no other waits for it. */
export const turns = (): ((conversation: string, take: () => Promise<void>) => Promise<void>) => {
  const lastOf = new Map<string, Promise<void>>();
  return async (conversation, take) => {
    const mine = (lastOf.get(conversation) ?? Promise.resolve()).then(take);
    const over = mine.catch(() => {});
    lastOf.set(conversation, over);
    try {
      await mine;
    } finally {
      if (lastOf.get(conversation) === over) lastOf.delete(conversation);
    }
  };
};
