/** What a browser says of the page that asks: its origin, or none (a program). */
export type PageOrigin = 'none' | 'own' | 'listed' | 'foreign';

/**
 * Whose page asks. `own` is a page this gateway served itself: same host and port as the request is for. Everything else must be listed,
 * to the letter; a page of another port on this machine is foreign too.
 */
export const originOf = (origin: string | undefined, host: string | undefined, listed: readonly string[]): PageOrigin => {
  if (origin === undefined) return 'none';
  if (listed.includes(origin)) return 'listed';
  const page = /^https?:\/\/([^/?#@\\]+)$/.exec(origin)?.[1];
  return page !== undefined && host !== undefined && page === host.toLowerCase() ? 'own' : 'foreign';
};

const HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id';
const EXPOSED = 'ETag, X-Request-Id, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy';

/** What a browser must read before it shows the answer to a listed page. */
export const corsHeaders = (origin: string): Readonly<Record<string, string>> => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': EXPOSED,
  'cross-origin-resource-policy': 'cross-origin',
  vary: 'Origin',
});

/** What a browser must read before it asks at all. */
export const preflightHeaders = (methods: readonly string[]): Readonly<Record<string, string>> => ({
  'access-control-allow-methods': methods.join(', '),
  'access-control-allow-headers': HEADERS,
  'access-control-max-age': '600',
});
