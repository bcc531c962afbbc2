const BYTES = 16;

/** A key that is its own. It need not be secret, so a browser page without TLS (no `randomUUID`) and Node 18 (no `crypto`) make one, too. */
export const newIdempotencyKey = (): string => {
  const bytes = new Uint8Array(BYTES);
  const source: { getRandomValues(into: Uint8Array): unknown } | undefined = globalThis.crypto;
  if (source) source.getRandomValues(bytes);
  else bytes.forEach((_, i) => (bytes[i] = Math.floor(Math.random() * 256)));
  return `oc-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};
