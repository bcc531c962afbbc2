const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The one Host of a request. Of two, nobody knows which one a proxy before us went by: then it counts as none. */
export const hostOf = (rawHeaders: readonly string[]): string | undefined => {
  const hosts = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'host');
  return hosts.length === 1 ? hosts[0] : undefined;
};

/**
 * Whether a request's Host names this gateway. A web page that had its own name resolve to this machine (DNS rebinding) sends that
 * name here, and is refused.
 */
export const isAllowedHost = (host: string | undefined, allowed: readonly string[]): boolean => {
  const name = /^(\[[0-9a-f:.]+\]|[^:@/\\\s]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return LOOPBACK.has(name) || allowed.some((one) => one.toLowerCase() === name || `[${one.toLowerCase()}]` === name);
};
