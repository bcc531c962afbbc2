/** What a configuration may say of who vouches. Apart, for it is read before anything else is. */
export const KNOWN_SCHEMES = ['secret', 'github', 'stripe', 'slack', 'standard', 'telegram'] as const;
export const ALGORITHMS = ['sha256', 'sha1', 'sha384', 'sha512'] as const;
export const ENCODINGS = ['hex', 'base64'] as const;

export type KnownScheme = (typeof KNOWN_SCHEMES)[number];

/** How a configuration says who vouches: a scheme by its name, or one described. */
export type Vouching = KnownScheme | { readonly header: string } | { readonly field: string } | { readonly hmac: HmacForm };

/** A signature of nobody's in particular. */
export interface HmacForm {
  readonly header: string;
  readonly prefix?: string | undefined;
  readonly algorithm?: (typeof ALGORITHMS)[number] | undefined;
  readonly encoding?: (typeof ENCODINGS)[number] | undefined;
  readonly timestampHeader?: string | undefined;
  readonly idHeader?: string | undefined;
  /** Where it is not `{body}`, or `{timestamp}.{body}` with a header for the time. */
  readonly signed?: string | undefined;
}
