import type { ApiChecker, Schema } from './api-checker.ts';

/** Which of the described fields have been seen in answers, so that one that never comes is noticed. */
export class FieldCoverage {
  readonly #checker: ApiChecker;
  readonly #seen = new Map<string, Set<string>>();
  readonly #described = new Map<string, ReadonlySet<string>>();

  constructor(checker: ApiChecker) {
    this.#checker = checker;
  }

  /** Looks at a value that is what the schema says. `place` names the schema where it has no name of its own. */
  look(schema: Schema, value: unknown, place: string): void {
    const name = typeof schema['$ref'] === 'string' ? (schema['$ref'].split('/').at(-1) ?? place) : place;
    const { properties, items, anyOf, oneOf } = this.#checker.resolve(schema) as {
      readonly properties?: Readonly<Record<string, Schema>>;
      readonly items?: Schema;
      readonly anyOf?: readonly Schema[];
      readonly oneOf?: readonly Schema[];
    };
    const branch = (anyOf ?? oneOf)?.findIndex((one) => this.#checker.holds(one, value)) ?? -1;
    const chosen = (anyOf ?? oneOf)?.[branch];
    if (chosen) this.look(chosen, value, `${name}|${branch}`);
    if (Array.isArray(value) && items) for (const one of value) this.look(items, one, `${name}[]`);
    if (!properties || typeof value !== 'object' || value === null) return;
    this.#described.set(name, new Set(Object.keys(properties)));
    const seen = this.#seen.get(name) ?? new Set();
    this.#seen.set(name, seen);
    for (const [key, one] of Object.entries(value)) {
      seen.add(key);
      const field = properties[key];
      if (field) this.look(field, one, `${name}.${key}`);
    }
  }

  /** Fields that are described and were in no answer. */
  get missing(): readonly string[] {
    return [...this.#described].flatMap(([name, fields]) => [...fields].filter((field) => !this.#seen.get(name)?.has(field)).map((field) => `${name}.${field}`));
  }
}
