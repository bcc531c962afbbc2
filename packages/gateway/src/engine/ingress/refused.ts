/** Hears of every proof that was shown and did not hold, and of addresses that are not heard any more; `at` is the way in that they tried. */
export type Refused = (refusal: { readonly address: string; readonly outcome: 'webhook_invalid' | 'rate_limited'; readonly at: string }) => void;
