import { z } from 'zod';

/** Each leaf says in words what it expects; that sentence is what a person reads when the value is something else. */
export const text = (expected = 'text') => z.string({ error: expected }).min(1, { error: expected }).optional();
export const flag = () => z.boolean({ error: 'true or false' }).optional();
export const whole = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error }).optional();
};
export const amount = (max: number) => {
  const error = `a number above 0 and up to ${max}`;
  return z.number({ error }).gt(0, { error }).max(max, { error }).optional();
};
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.map((value) => `"${value}"`).join(', ')}` }).optional();
export const texts = () => z.array(z.string({ error: 'text' }), { error: 'a list of texts' }).optional();
/** Keys that no schema knows are kept; `reportKeys` tells about them. */
export const section = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape, { error: 'a section of keys and values' });
export const named = <T extends z.ZodType>(value: T) => z.record(z.string(), value, { error: 'an object of names and values' });
export const matching = (expected: string, holds: (value: string) => boolean) => z.string({ error: expected }).refine(holds, { error: expected }).optional();
