import type { Dialect } from '../dialect.ts';
import { FAILURE, HEADERS, PARAMETERS, SECURITY } from './components.ts';
import type { DialectDescription } from './description.ts';
import { type Json, JsonSchemas } from './json-schema.ts';
import { operationObject } from './operation-object.ts';

interface DescribedDialect {
  readonly dialect: Dialect;
  readonly description: DialectDescription;
}

interface Options {
  readonly version: string;
  /** Answers may hold nothing but what is described: for tests. */
  readonly exact?: boolean;
}

export type OpenApiDocument = Json & { readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>; readonly components: Json & { readonly schemas: Json } };

export interface OpenApiDocuments {
  readonly together: OpenApiDocument;
  readonly byDialect: ReadonlyMap<string, OpenApiDocument>;
}

/** A document of each dialect that has routes, and one of all together. What they say of themselves is loaded now. */
export const openApiDocuments = async (dialects: readonly Dialect[], options: Options): Promise<OpenApiDocuments> => {
  const described = await Promise.all(dialects.filter(({ routes }) => routes.length > 0).map(describe));
  return {
    together: documentOf(described, options),
    byDialect: new Map(described.map((one) => [one.dialect.name, documentOf([one], options)])),
  };
};

const describe = async (dialect: Dialect): Promise<DescribedDialect> => {
  const description = await dialect.described?.();
  if (!description) throw new Error(`${dialect.name} is not described: ${WHERE(dialect)}`);
  const claims = dialect.routes.map(({ method, path }) => `${method} ${path}`);
  const missing = claims.filter((claim) => !Object.hasOwn(description.routes, claim));
  if (missing.length > 0) throw new Error(`${missing.join(', ')}: not described in ${WHERE(dialect)}`);
  const extra = Object.keys(description.routes).filter((claim) => !claims.includes(claim));
  if (extra.length > 0) throw new Error(`${extra.join(', ')}: described, but there is no such route, in ${WHERE(dialect)}`);
  return { dialect, description };
};

const WHERE = ({ name }: Dialect): string => `surfaces/dialects/${name}/described.ts (see "A dialect" in CONTRIBUTING.md)`;

const documentOf = (described: readonly DescribedDialect[], { version, exact = false }: Options): OpenApiDocument => {
  const [only] = described;
  const together = described.length > 1;
  const title = together || !only ? 'OpenClaw' : `OpenClaw: ${only.description.title}`;
  const about = together || !only ? 'Every published flavour of the API, of one gateway with one set of credentials.' : only.description.about;
  const paths: Record<string, Record<string, Json>> = {};
  const schemas: Record<string, Json> = { Failure: FAILURE };
  const tags: Json[] = [];
  const groups: Json[] = [];
  for (const { dialect, description } of described) {
    const prefix = together ? pascal(dialect.name) : '';
    const tagOf = (tag: string): string => (together ? `${dialect.name}: ${tag}` : tag);
    const converted = new JsonSchemas({ names: description.schemas, prefix, exact });
    const scene = { dialect: dialect.name, schemas: converted, tagOf, idOf: (id: string) => (together ? `${camel(dialect.name)}_${id}` : id) };
    for (const route of dialect.routes) {
      const own = description.routes[`${route.method} ${route.path}`];
      if (!own) continue; // Checked when it was loaded.
      const path = route.path.replace(/:(\w+)/g, '{$1}');
      (paths[path] ??= {})[route.method.toLowerCase()] = operationObject(route, own, scene);
    }
    merge(schemas, converted.components);
    tags.push(...Object.entries(description.tags).map(([tag, says]) => ({ name: tagOf(tag), description: says })));
    groups.push({ name: dialect.name, title: description.title, description: description.about, tags: Object.keys(description.tags).map(tagOf) });
  }
  return {
    openapi: '3.1.1',
    info: {
      title,
      version,
      description: `${about}\n\n${ALWAYS}`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This gateway' }],
    tags,
    'x-tagGroups': groups,
    paths: sorted(paths),
    components: { securitySchemes: SECURITY, parameters: namedIn(paths, 'parameters', PARAMETERS), headers: namedIn(paths, 'headers', HEADERS), schemas: sorted(schemas) },
  };
};

const ALWAYS = [
  'Send `Authorization: Bearer <token>` and JSON in UTF-8. Fields of an address or a body that are not described are ignored, except under `/api/native`, where they are refused.',
  'Every answer to a request that could be read has an `X-Request-Id`; send one of your own to find it in the log. Every failure has the one form `{"error": {"code", "message", "retry_after"?, "details"?}}`.',
].join('\n\n');

const merge = (into: Record<string, Json>, more: Readonly<Record<string, Json>>): void => {
  for (const [name, schema] of Object.entries(more)) {
    if (into[name] !== undefined && JSON.stringify(into[name]) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${name}: give one of them another name`);
    into[name] = schema;
  }
};

/** Those of these parts that something points at. */
const namedIn = (paths: object, kind: string, parts: Json): Json => {
  const text = JSON.stringify(paths);
  return Object.fromEntries(Object.entries(parts).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)));
};

const sorted = <Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const pascal = (name: string): string => camel(`-${name}`);
