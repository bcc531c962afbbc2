import fc from 'fast-check';
import type { ApiChecker, Schema } from './api-checker.ts';

/** Stands for something the gateway has told before: an id, a key, a place on a stream. Put in when the request is sent. */
const toldBefore = (n: number): string => `\u{e000}${n}`;
const TOLD = /\u{e000}(\d+)/gu;

/** The same value with what was told in place of the marks. */
export const withTold = (value: unknown, told: readonly string[]): unknown => {
  if (typeof value === 'string') return value.replaceAll(TOLD, (_, n: string) => told[Number(n) % Math.max(1, told.length)] ?? 'main');
  if (Array.isArray(value)) return value.map((one) => withTold(one, told));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withTold(one, told)]));
};

const told: fc.Arbitrary<string> = fc.nat(500).map(toldBefore);

/** Strings that programs have stumbled over. */
const AWKWARD = [
  '', ' ', '\0', 'a\0b', '\ud800', '\udfff x', '\n', '\r\n', '\u2028', '\u202eabc', '\ufeff', 'é'.normalize('NFD'), '👩‍👩‍👧‍👦', '__proto__', 'constructor', 'toString', '../../etc/passwd',
  '%00', '%zz', '<script>alert(1)</script>', "' OR 1=1 --", '$gt', 'null', 'undefined', 'true', '-0', '1e309', '0x10', '1.0', ' 5', '5 ', '٣', 'NaN', '[object Object]', 'x'.repeat(300),
  'x'.repeat(10_000), 'agent:main:main', 'agent::', 'sess_', 'turn_', '${jndi:ldap://x}', '{{7*7}}',
];

const anyString: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...AWKWARD), fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 20 }), told);

const wildNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, -1, 0.5, 1e-7, 1e21, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63), Number.MAX_SAFE_INTEGER, 86_400, 86_401),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Any JSON at all. */
export const wild: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: anyString },
  { weight: 3, arbitrary: wildNumber },
  { weight: 3, arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], { a: { b: { c: [] } } }, [null], { length: 1 }, { toString: 1 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Values that are what a schema says. */
export const fitting = (checker: ApiChecker, written: Schema): fc.Arbitrary<unknown> => {
  const schema = checker.resolve(written);
  const { const: only, enum: values, anyOf, oneOf, type, items, properties, required = [] } = schema as {
    readonly const?: unknown;
    readonly enum?: readonly unknown[];
    readonly anyOf?: readonly Schema[];
    readonly oneOf?: readonly Schema[];
    readonly type?: string | readonly string[];
    readonly items?: Schema;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  if (only !== undefined) return fc.constant(only);
  if (values) return fc.constantFrom(...values);
  const many = anyOf ?? oneOf;
  if (many) return fc.oneof(...many.map((one) => fitting(checker, one)));
  if (Array.isArray(type)) return fc.oneof(...type.map((one: string) => fitting(checker, { ...schema, type: one })));
  if (type === 'object') {
    const fields = Object.fromEntries(Object.entries(properties ?? {}).map(([name, field]) => [name, fitting(checker, field)]));
    return fc.record(fields, { requiredKeys: [...required] });
  }
  if (type === 'array') return fc.array(items ? fitting(checker, items) : wild, { maxLength: 4 });
  if (type === 'string') return fittingString(checker, schema);
  if (type === 'integer' || type === 'number') return fittingNumber(schema);
  if (type === 'boolean') return fc.boolean();
  return type === 'null' ? fc.constant(null) : wild;
};

const PLAIN = ['main', 'team', 'agent:main:main', 'test/model', 'test/model', '5'];

const fittingString = (checker: ApiChecker, schema: Schema): fc.Arbitrary<string> =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PLAIN) }, { weight: 2, arbitrary: told }, { weight: 1, arbitrary: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/) }, { weight: 1, arbitrary: anyString })
    // Marks are put in later; what comes of them is judged then.
    .map((text) => (text.startsWith('\u{e000}') || checker.holds(schema, text) ? text : '5'));

const fittingNumber = ({ type, minimum, maximum }: Schema): fc.Arbitrary<number> => {
  const least = typeof minimum === 'number' ? minimum : -1_000;
  const most = typeof maximum === 'number' ? maximum : 1_000_000;
  const whole = fc.oneof(fc.constantFrom(least, most), fc.integer({ min: Math.ceil(least), max: Math.min(Math.floor(most), 2 ** 31) }));
  return type === 'integer' ? whole : fc.oneof(whole, fc.double({ min: least, max: most, noNaN: true }));
};

/** A value with one thing in it changed. */
export const changed = (value: unknown): fc.Arbitrary<unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) return wild;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return fc.tuple(fc.constantFrom(...Object.keys(fields)), fc.nat(9), wild, anyString).chain(([key, what, other, name]): fc.Arbitrary<unknown> => {
    if (what === 0) return fc.constant(Object.fromEntries(Object.entries(fields).filter(([one]) => one !== key)));
    if (what === 1) return fc.constant({ ...fields, [name]: other });
    if (what === 2) return fc.constant([fields]);
    if (what < 6) return fc.constant({ ...fields, [key]: other });
    return changed(fields[key]).map((inner) => ({ ...fields, [key]: inner }));
  });
};
