import type { OpenApiDocument } from '../../packages/gateway/src/surfaces/kit/openapi/document.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The schemas of a document, and the query of each operation, as TypeScript that needs nothing else. */
export const typesOfDocument = ({ components, paths }: OpenApiDocument, source: string): string => {
  // Schemas of a document are objects.
  const named = Object.entries(components.schemas as Readonly<Record<string, Schema>>).map(([name, schema]) => declaration(name, schema));
  const queries = Object.values(paths).flatMap((methods) => Object.values(methods)).flatMap(queryOf);
  return `// Generated from ${source} by scripts/write-client-types.ts (npm run openapi). Do not edit.\n\n${[...named, ...queries].join('\n\n')}\n`;
};

const declaration = (name: string, schema: Schema): string => {
  const type = typeOf(schema, '');
  return `${comment(schema, '')}${schema['properties'] ? `export interface ${name} ${type}` : `export type ${name} = ${type};`}`;
};

const queryOf = (operation: Schema): readonly string[] => {
  // As `operationObject` writes them; those that are only pointed at are headers.
  const { operationId, parameters } = operation as { operationId: string; parameters: readonly { name?: string; in?: string; required?: boolean; description?: string; schema?: Schema }[] };
  const query = parameters.filter((one) => one.in === 'query');
  if (query.length === 0) return [];
  const properties = Object.fromEntries(query.map(({ name = '', schema, description }) => [name, { ...schema, ...(description !== undefined && { description }) }]));
  return [declaration(`${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Query`, { properties, required: query.filter(({ required }) => required).map(({ name }) => name) })];
};

const typeOf = (schema: Schema, indent: string): string => {
  const { $ref: reference, const: only, enum: values, anyOf, oneOf, type, items, properties, additionalProperties } = schema as {
    readonly $ref?: string;
    readonly const?: unknown;
    readonly enum?: readonly unknown[];
    readonly anyOf?: readonly Schema[];
    readonly oneOf?: readonly Schema[];
    readonly type?: string | readonly string[];
    readonly items?: Schema;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: Schema | boolean;
  };
  if (reference !== undefined) return reference.split('/').at(-1) ?? 'unknown';
  if (only !== undefined) return JSON.stringify(only);
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ');
  const many = anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((one: string): Schema => ({ ...schema, type: one })) : undefined);
  if (many) return [...new Set(many.map((one) => typeOf(one, indent)))].join(' | ');
  if (properties) return fields(properties, schema, indent);
  if (type === 'array') return `readonly ${bracketed(items ? typeOf(items, indent) : 'unknown')}[]`;
  if (type === 'object') return `Readonly<Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown'}>>`;
  if (type === 'integer' || type === 'number') return 'number';
  return typeof type === 'string' && ['string', 'boolean', 'null'].includes(type) ? type : 'unknown';
};

const bracketed = (type: string): string => (/[|{ ]/.test(type) ? `(${type})` : type);

const fields = (properties: Readonly<Record<string, Schema>>, schema: Schema, indent: string): string => {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const deeper = `${indent}  `;
  const lines = Object.entries(properties).map(([name, field]) => {
    const optional = !required.has(name);
    return `${comment(field, deeper)}${deeper}readonly ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${optional ? '?' : ''}: ${typeOf(field, deeper)}${optional ? ' | undefined' : ''};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
};

const comment = ({ description, default: preset }: Schema, indent: string): string => {
  const says = [typeof description === 'string' ? description : '', preset === undefined ? '' : `Without it: ${JSON.stringify(preset)}.`].filter((part) => part !== '').join(' ');
  return says === '' ? '' : `${indent}/** ${says.replaceAll('*/', '*\u200b/')} */\n`;
};
