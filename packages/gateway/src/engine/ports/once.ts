/** An idempotency key as one caller used it on one operation, with the hash of what it asked. */
export interface Once {
  readonly scope: string;
  readonly key: string;
  readonly hash: string;
  readonly expiresAt: number;
}
