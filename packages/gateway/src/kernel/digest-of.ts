/** SHA-256 in hex, made beside the event loop: what it is made of can be large. */
export const digestOf = async (bytes: Uint8Array): Promise<string> => {
  // Memory that threads share would be refused, and nothing here makes any.
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
};
