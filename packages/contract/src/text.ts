import { z } from 'zod';

/** Text that every store can keep and every model can read: no NUL, no half of a surrogate pair. */
export const plainText = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((text) => !text.includes('\0'), 'must not hold NUL')
    .refine((text) => text.isWellFormed(), 'must be whole Unicode: it holds half of a surrogate pair');
