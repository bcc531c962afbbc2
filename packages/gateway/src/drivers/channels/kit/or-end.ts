/** Begins something; where that fails, what there is of it already is brought to an end first. */
export const orEnd = async (begin: () => Promise<void>, end: () => Promise<void>): Promise<void> => {
  try {
    await begin();
  } catch (thrown) {
    await end();
    throw thrown;
  }
};
