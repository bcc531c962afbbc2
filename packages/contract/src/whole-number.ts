import { z } from 'zod';

const DIGITS = /^-?(?:0|[1-9]\d{0,14})$/;

/** A whole number between two bounds. An address holds only text, so its plain digits will do; nothing else that could be made a number does. */
export const wholeNumber = (least: number, most: number) =>
  z
    .preprocess((sent) => (typeof sent === 'string' && DIGITS.test(sent) ? Number(sent) : sent), z.number().int().min(least).max(most))
    .meta({ digits: true });
