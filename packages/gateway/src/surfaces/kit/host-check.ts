const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a request's Host names this gateway. A web page that had its own name resolve to this machine (DNS rebinding) sends that
 * name here, and is refused.
 */
export const isAllowedHost = (host: string | undefined, allowed: readonly string[]): boolean => {
  const name = /^(\[[0-9a-f:.]+\]|[^:@/\\\s]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return LOOPBACK.has(name) || allowed.some((one) => one.toLowerCase() === name);
};
