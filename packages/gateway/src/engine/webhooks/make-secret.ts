import { randomBytes } from 'node:crypto';

/** As Standard Webhooks has it: 32 random bytes. */
export const makeSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
