import * as contract from '@openclaw/contract';
import { z } from 'zod';

export type Json = Readonly<Record<string, unknown>>;

/** What a schema is for: text in an address, JSON that is sent, JSON that comes back. */
export type Place = 'address' | 'body' | 'reply';

interface Options {
  /** Names for schemas besides those of the contract. */
  readonly names: Readonly<Record<string, z.ZodType>>;
  /** Put before those names, where several dialects share a document. */
  readonly prefix: string;
  /** Answers may hold nothing but what is described: to check them, not to publish, since fields are added in time. */
  readonly exact: boolean;
}

/** A number that its digits will do for (`wholeNumber` of the contract). */
const DIGITS = '^-?(?:0|[1-9][0-9]{0,14})$';

/** Turns zod schemas into JSON Schema. Those that have a name become components, and are pointed at. */
export class JsonSchemas {
  readonly components: Record<string, Json> = {};
  readonly #names = z.registry<{ id: string }>();
  /** Names of the contract that stand for one thing when sent and another when answered (defaults, for one). */
  readonly #twofold = new Set<string>();
  readonly #exact: boolean;

  constructor({ names, prefix, exact }: Options) {
    this.#exact = exact;
    const own = new Set(Object.values(names));
    for (const [name, schema] of Object.entries(names)) this.#name(`${prefix}${name}`, schema);
    for (const [name, schema] of Object.entries(contract)) if (schema instanceof z.ZodType && !own.has(schema)) this.#name(name, schema);
  }

  of(schema: z.ZodType, place: Place): Json {
    // Inside an object, so that a schema with a name is pointed at even where it stands alone.
    const { properties, $defs } = this.#convert(z.object({ it: schema }), place);
    const rename = (name: string): string => (place !== 'reply' && this.#twofold.has(name) ? `${name}Input` : name);
    for (const [name, definition] of Object.entries($defs ?? {})) this.#keep(rename(name), pointed(definition, rename));
    return pointed(properties?.['it'] ?? {}, rename) as Json; // Pointing elsewhere leaves an object one.
  }

  #name(name: string, schema: z.ZodType): void {
    this.#names.add(schema, { id: name });
    if (name in contract && JSON.stringify(this.#convert(schema, 'body', z.registry())) !== JSON.stringify(this.#convert(schema, 'reply', z.registry()))) this.#twofold.add(name);
  }

  #keep(name: string, definition: unknown): void {
    const known = this.components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) throw new Error(`two schemas are called ${name}: give one of them another name`);
    this.components[name] = definition as Json; // A definition is an object.
  }

  #convert(schema: z.ZodType, place: Place, names: unknown = this.#names): z.core.JSONSchema.BaseSchema {
    return z.toJSONSchema(schema, {
      io: place === 'reply' ? 'output' : 'input',
      metadata: names as typeof z.globalRegistry, // It is only asked for ids.
      override: ({ zodSchema, jsonSchema }) => this.#adapt(zodSchema, jsonSchema, place),
    });
  }

  #adapt(schema: z.core.$ZodTypes, json: z.core.JSONSchema.BaseSchema, place: Place): void {
    const { description, digits, type } = z.globalRegistry.get(schema) ?? {};
    if (description !== undefined) json.description = description;
    // Said of what only a check of its own can tell.
    if (type === 'object') json.type = type;
    if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
    if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
    // What the format says already.
    if (json.format === 'date-time' || json.format === 'date') delete json.pattern;
    // A moment without a zone is none to whoever reads schemas.
    if (json.format === 'date-time' && 'local' in schema._zod.def && schema._zod.def.local === true) delete json.format;
    const open = schema._zod.def.type === 'object' && schema._zod.def.catchall === undefined;
    if (open && json.additionalProperties === false && !(place === 'reply' && this.#exact)) delete json.additionalProperties;
    if (digits === true && place === 'body') asNumberOrDigits(json);
  }
}

const asNumberOrDigits = (json: z.core.JSONSchema.BaseSchema): void => {
  const { type, minimum, maximum } = json;
  delete json.type;
  delete json.minimum;
  delete json.maximum;
  json.anyOf = [
    { ...(type !== undefined && { type }), ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) },
    { type: 'string', pattern: DIGITS },
  ];
};

/** The same, with its pointers into the components of a document. */
const pointed = (json: unknown, rename: (name: string) => string): unknown => {
  if (Array.isArray(json)) return json.map((one) => pointed(one, rename));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) =>
      key === '$ref' && typeof value === 'string' ? [key, `#/components/schemas/${rename(value.slice('#/$defs/'.length))}`] : [key, pointed(value, rename)],
    ),
  );
};
