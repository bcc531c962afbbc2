import { h, inline } from './dom.js';

const DEEPEST = 8;

/** Reads the schemas of one document. */
export const createSchemas = (spec) => {
  const follow = (pointer) => pointer.slice(2).split('/').reduce((at, part) => at?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], spec);
  const resolve = (schema = {}) => (schema.$ref ? { ...resolve(follow(schema.$ref)), ...without(schema, '$ref') } : schema);
  const nameOf = (schema) => schema.$ref?.split('/').at(-1);
  const choices = (schema) => resolve(schema).anyOf ?? resolve(schema).oneOf;

  /** What kind of value it is, in a few words. */
  const typeOf = (schema) => {
    const { type, items, enum: values, const: only, format, additionalProperties } = resolve(schema);
    const many = choices(schema);
    if (many) return [...new Set(many.map(typeOf))].join(' | ');
    if (only !== undefined) return JSON.stringify(only);
    if (values) return values.length > 6 ? 'string' : values.map((value) => JSON.stringify(value)).join(' | ');
    if (type === 'array') return items ? `${typeOf(items)}[]` : 'array';
    if (type === 'object' && nameOf(schema)) return nameOf(schema);
    if (type === 'object' && typeof additionalProperties === 'object') return `map of ${typeOf(additionalProperties)}`;
    return `${Array.isArray(type) ? type.join(' | ') : (type ?? 'any')}${format ? ` (${format})` : ''}`;
  };

  const limits = ({ minimum, maximum, minLength, maxLength, default: preset, pattern }) => [
    ...(minimum !== undefined || maximum !== undefined ? [`${minimum ?? '…'} to ${maximum ?? '…'}`] : []),
    ...(maxLength !== undefined ? [`${minLength ?? 0} to ${maxLength} characters`] : []),
    ...(pattern && pattern.length < 40 && !pattern.includes('u0000') ? [`matches ${pattern}`] : []),
    ...(preset !== undefined ? [`default ${JSON.stringify(preset)}`] : []),
  ];

  /** One field: its name, what it holds, and what is inside of it. */
  const field = (name, schema, required, depth = 0) => {
    const full = resolve(schema);
    const notes = limits(full);
    const inside = depth < DEEPEST ? body(schema, depth + 1) : undefined;
    const head = [
      h('code', { class: 'name' }, name),
      h('span', { class: 'type' }, typeOf(schema)),
      required && h('span', { class: 'required' }, 'required'),
      notes.length > 0 && h('span', { class: 'notes' }, notes.join(' · ')),
    ];
    const says = full.description && h('p', {}, inline(full.description));
    return inside
      ? h('li', {}, h('details', { open: depth < 1 }, h('summary', {}, head), says, inside))
      : h('li', {}, h('div', { class: 'head' }, head), says);
  };

  /** What is inside of a value; undefined where there is nothing to show. */
  const body = (schema, depth = 0) => {
    const { properties, required = [], items, additionalProperties } = resolve(schema);
    const many = choices(schema)?.filter((one) => resolve(one).type !== 'null');
    if (many?.some((one) => body(one, depth + 1))) {
      return h('ul', { class: 'choices' }, many.map((one) => {
        const inside = depth < DEEPEST && body(one, depth + 1);
        const title = [h('span', { class: 'type' }, labelOf(one)), ' ', inline(resolve(one).description ?? '')];
        return h('li', {}, inside ? h('details', { open: depth === 0 && many.length < 4 }, h('summary', {}, title), inside) : title);
      }));
    }
    if (properties) return h('ul', { class: 'fields' }, Object.entries(properties).map(([name, one]) => field(name, one, required.includes(name), depth)));
    if (items) return body(items, depth);
    return typeof additionalProperties === 'object' ? body(additionalProperties, depth) : undefined;
  };

  /** One of several: by its `type` where it has one. */
  const labelOf = (schema) => {
    const { properties } = resolve(schema);
    const type = properties?.type && resolve(properties.type).const;
    return type ? `type: ${JSON.stringify(type)}` : (nameOf(schema) ?? typeOf(schema));
  };

  /** A value that would do. */
  const sample = (schema, depth = 0) => {
    const { type, default: preset, enum: values, const: only, properties, required = [], items, examples, format } = resolve(schema);
    if (only !== undefined) return only;
    if (examples?.length) return examples[0];
    if (preset !== undefined) return preset;
    if (values) return values[0];
    const [first] = choices(schema) ?? [];
    if (first) return sample(first, depth);
    if (properties) return Object.fromEntries(Object.entries(properties).filter(([name]) => required.includes(name)).map(([name, one]) => [name, depth < 4 ? sample(one, depth + 1) : null]));
    if (type === 'array') return items && depth < 4 ? [sample(items, depth + 1)] : [];
    if (type === 'integer' || type === 'number') return 1;
    if (type === 'boolean') return true;
    if (format === 'date-time') return '2026-04-30T10:00:00Z';
    return type === 'string' || type?.includes?.('string') ? '…' : {};
  };

  return { resolve, typeOf, limits, body, sample };
};

const without = (object, key) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
