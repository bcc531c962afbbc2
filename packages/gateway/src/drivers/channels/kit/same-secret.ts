import { hash, timingSafeEqual } from 'node:crypto';

/** In a time that tells nothing of where they differ. */
export const isSameSecret = (shown: string, known: string): boolean => timingSafeEqual(hash('sha256', shown, 'buffer'), hash('sha256', known, 'buffer'));
