import { z } from 'zod';

/** What may stand at one place: the keys a section has, what stands below any name of a record, below any index of a list. */
export interface KnownKeys {
  readonly keys: ReadonlyMap<string, KnownKeys>;
  readonly anyName: KnownKeys | undefined;
  readonly anyIndex: KnownKeys | undefined;
}

/** Reads the keys off a schema, so that reports and documentation cannot drift from it. */
export const knownKeys = (schema: unknown): KnownKeys => {
  if (schema instanceof z.ZodOptional) return knownKeys(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.map(knownKeys).reduce(either);
  if (schema instanceof z.ZodObject) return {
    ...NOTHING,
    keys: new Map(Object.entries(schema.shape).map(([key, value]) => [key, knownKeys(value)])),
    // Some sections hold keys that only whoever reads them knows.
    ...(schema.meta()?.['ownKeys'] === true && { anyName: NOTHING }),
  };
  if (schema instanceof z.ZodRecord) return { ...NOTHING, anyName: knownKeys(schema.valueType) };
  if (schema instanceof z.ZodArray) return { ...NOTHING, anyIndex: knownKeys(schema.element) };
  return NOTHING;
};

/** Every key as the documentation writes it: `models.providers.<id>.apiKey`, `agents.list[].model.primary`. */
export const listKeys = (known: KnownKeys, prefix = ''): readonly string[] => [
  ...[...known.keys].flatMap(([key, below]) => [`${prefix}${key}`, ...listKeys(below, `${prefix}${key}.`)]),
  ...(known.anyName === undefined ? [] : listKeys(known.anyName, `${prefix}<name>.`)),
  ...(known.anyIndex === undefined ? [] : listKeys(known.anyIndex, `${prefix.replace(/\.$/, '')}[].`)),
];

const NOTHING: KnownKeys = { keys: new Map(), anyName: undefined, anyIndex: undefined };

const either = (a: KnownKeys, b: KnownKeys): KnownKeys => ({
  keys: new Map([...a.keys, ...b.keys]),
  anyName: a.anyName ?? b.anyName,
  anyIndex: a.anyIndex ?? b.anyIndex,
});
