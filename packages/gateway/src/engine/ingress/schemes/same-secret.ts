import { hash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same, in a time that tells nothing of where they differ: digests of one length are compared. */
export const isSameSecret = (shown: string | Buffer, known: string | Buffer): boolean => timingSafeEqual(hash('sha256', shown, 'buffer'), hash('sha256', known, 'buffer'));
