/** What was somebody's trouble, and what holds for every answer to it. */
import { ERROR_STATUS } from '@openclaw/contract';
import { expect } from 'vitest';
import { z } from 'zod';

const WITHIN_MS = 1_000;

const Failure = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string().min(1).max(1_000), retry_after: z.number().optional(), details: z.looseObject({}).optional() }),
});
const DOCUMENTED = new Set<number>([200, 201, 204, ...Object.values(ERROR_STATUS)]);

/** What holds for every answer, whatever was sent; none of these may stand in one. Tells its status. */
export const judgeOf = (hidden: () => readonly string[]) => async (what: string, asked: () => Promise<Response>): Promise<number> => {
  const since = performance.now();
  const response = await asked();
  const text = await response.text();
  expect(performance.now() - since, what).toBeLessThan(WITHIN_MS);
  expect(DOCUMENTED.has(response.status), `${what}: ${response.status}`).toBe(true);
  // What was given no time got none.
  if (!/"code":"(timeout|turn_deadline)"/.test(text)) expect(response.status, `${what}: ${text}`).toBeLessThan(500);
  if (response.status >= 400) {
    const { error } = Failure.parse(JSON.parse(text));
    expect(Object.entries(ERROR_STATUS), what).toContainEqual([error.code, response.status]);
    expect(text, what).not.toMatch(/<script|node_modules|\.ts:\d|at \w+ \(|root:x:|SQLITE|SELECT /);
  }
  for (const one of hidden()) expect(text, what).not.toContain(one);
  return response.status;
};

export const TROUBLE: readonly unknown[] = [
  '', ' ', '\t\r\n', '\0', 'a\0b', '\ud800', '\u200b', '\u202e', 'e\u0301', '👩‍👩‍👧', "' OR 1=1--", '"; DROP TABLE sessions;--', '1;DROP', '<script>alert(1)</script>', '../../etc/passwd', '..\\..\\x', '/etc/passwd',
  'file:///etc/passwd', '~root', '%00', '%2e%2e%2f', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '${HOME}', '{{7*7}}', '$(id)', '`id`', '\u001b[31m', 'agent:main:main', 'AGENT:MAIN:MAIN', 'agent:other:main',
  'agent::', ':', 'sess_', 'turn_x', '*', 'null', 'undefined', 'NaN', '-1', '0', '1e9', '1e999', '9007199254740993', '0x10', 'true', 'x'.repeat(5_000),
  0, -1, 0.5, 1e9, 1e12, 9_007_199_254_740_992, true, false, null, [], [[]], ['main', 7], {}, { a: { b: 1 } }, { toString: 1 }, { length: 1 },
];

export interface Write {
  readonly method?: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}
/** The body with something else in one place, for every place. */
export const spoiled = ({ body }: Write, value: unknown): (readonly [string, object])[] =>
  Object.entries(body).flatMap(([field, was]) => [
    [field, { ...body, [field]: value }] as const,
    ...(was !== null && typeof was === 'object' ? Object.keys(was).map((inner) => [`${field}.${inner}`, { ...body, [field]: { ...was, [inner]: value } }] as const) : []),
  ]);

export const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
/** As an address can hold it: halves of surrogate pairs have no UTF-8. */
export const inAddress = (value: string): string => encodeURIComponent(value.toWellFormed());
