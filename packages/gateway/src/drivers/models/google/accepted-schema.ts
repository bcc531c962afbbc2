import { isObject, type JsonObject } from '../kit/json.ts';

/** The keywords of JSON Schema that Gemini reads; others make it refuse the whole request. */
const ACCEPTED = new Set([
  '$id', '$defs', '$ref', '$anchor', 'type', 'format', 'title', 'description', 'enum', 'items', 'prefixItems', 'minItems', 'maxItems',
  'minimum', 'maximum', 'anyOf', 'oneOf', 'properties', 'additionalProperties', 'required', 'propertyOrdering',
]);

const known = new WeakMap<JsonObject, JsonObject>();

/** The schema without what Gemini does not read; reduced once for each tool, as tools are the same in every request. */
export const acceptedSchema = (schema: JsonObject): JsonObject => {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const reduced = reduce(schema);
  known.set(schema, reduced);
  return reduced;
};

const reduce = (schema: JsonObject): JsonObject => {
  const kept: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'const') kept['enum'] = [value];
    else if (keyword === 'properties' || keyword === '$defs') kept[keyword] = eachNamed(value);
    else if (ACCEPTED.has(keyword)) kept[keyword] = keyword === 'enum' ? value : deeper(value);
  }
  return kept;
};

/** Under `properties` the keys are names, not keywords. */
const eachNamed = (named: unknown): unknown =>
  isObject(named) ? Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, deeper(schema)])) : named;

const deeper = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(deeper);
  return isObject(value) ? reduce(value) : value;
};
