import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { dialects } from '../../packages/gateway/src/app/plugins.gen.ts';
import { type OpenApiDocument, openApiDocuments } from '../../packages/gateway/src/surfaces/kit/openapi/document.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where there is none. */
  readonly text: string | undefined;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

export type Schema = Readonly<Record<string, unknown>>;

/** An operation of a document, as a client would read it. */
export interface ApiOperation {
  readonly method: string;
  readonly path: string;
  readonly dialect: string;
  readonly endless: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly schema: Schema; readonly required: boolean } | undefined;
  readonly codes: ReadonlyMap<number, readonly string[]>;
  readonly types: ReadonlyMap<number, readonly string[]>;
}

/** The document of all dialects; answers may hold nothing that is not described. */
export const exactDocument = async (): Promise<OpenApiDocument> => (await openApiDocuments(dialects, { version: '0', exact: true })).together;

const pointer = (...parts: readonly string[]): string => parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const FORMATS = { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, date: /^\d{4}-\d\d-\d\d$/ };

/** Holds requests and answers against what a document says of them. */
export class ApiChecker {
  readonly operations: readonly ApiOperation[];
  readonly document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true, formats: FORMATS });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.document = document;
    this.#ajv.addSchema({ ...document, $id: 'api' });
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, object]) => this.#operation(path, method, object)));
  }

  /** What is wrong with an answer, or undefined. */
  answer({ method, path, types, codes }: ApiOperation, { status, headers, text }: Answer): string | undefined {
    const known = types.get(status);
    if (known === undefined) return `status ${status} is not described: ${text?.slice(0, 200)}`;
    if (headers.get('x-request-id') === null) return 'no X-Request-Id';
    if (known.length === 0) return text ? `status ${status} has a body: ${text.slice(0, 200)}` : undefined;
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    if (!known.includes(type)) return `${type || 'no type'} is not described for status ${status}`;
    if (text === undefined) return undefined;
    const at = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
    const said = type === 'text/event-stream' ? eventsOf(text) : [JSON.parse(text) as unknown];
    for (const one of said) {
      const problem = this.problem(`api#${pointer(...at)}`, one);
      if (problem !== undefined) return `${status} ${JSON.stringify(one).slice(0, 300)} ${problem}`;
    }
    const code = codeOf(said[0]);
    if (status >= 400 && !codes.get(status)?.includes(code ?? '')) return `the code ${code} is not described for status ${status}: ${text.slice(0, 200)}`;
    return undefined;
  }

  /** Whether a value is what a schema of the document says. */
  holds(schema: Schema, value: unknown): boolean {
    const key = JSON.stringify(schema);
    const validate = this.#compiled.get(key) ?? this.#ajv.compile(inDocument(schema) as Schema); // The same object with other pointers.
    this.#compiled.set(key, validate);
    return validate(value);
  }

  problem(reference: string, value: unknown): string | undefined {
    const validate = this.#compiled.get(reference) ?? this.#ajv.compile({ $ref: reference });
    this.#compiled.set(reference, validate);
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors, { dataVar: 'it' });
  }

  /** What a pointer into the document points at. */
  resolve(schema: Schema): Schema {
    const { $ref: reference, ...beside } = schema;
    if (typeof reference !== 'string') return schema;
    const found = reference.slice(2).split('/').reduce<unknown>((at, part) => (at as Schema)[part.replaceAll('~1', '/').replaceAll('~0', '~')], this.document);
    return { ...this.resolve(found as Schema), ...beside }; // The linter has seen that pointers lead to objects.
  }

  #operation(path: string, method: string, object: Schema): ApiOperation {
    // As `operationObject` writes it, and the linter has read it.
    const { parameters, requestBody, responses, ...rest } = object as unknown as {
      readonly parameters: readonly Schema[];
      readonly requestBody?: { readonly required: boolean; readonly content: { readonly 'application/json': { readonly schema: Schema } } };
      readonly responses: Readonly<Record<string, { readonly content?: Schema; readonly 'x-codes'?: readonly string[] }>>;
      readonly 'x-dialect': string;
      readonly 'x-endless'?: boolean;
    };
    const byStatus = Object.entries(responses).map(([status, response]) => [Number(status), response] as const);
    return {
      method: method.toUpperCase(),
      path,
      dialect: rest['x-dialect'],
      endless: rest['x-endless'] ?? false,
      parameters: parameters.map((parameter) => this.resolve(parameter) as unknown as Parameter), // Likewise.
      body: requestBody && { schema: requestBody.content['application/json'].schema, required: requestBody.required },
      codes: new Map(byStatus.map(([status, response]) => [status, response['x-codes'] ?? []])),
      types: new Map(byStatus.map(([status, { content }]) => [status, Object.keys(content ?? {})])),
    };
  }
}

/** The `data:` lines of a stream that ended. */
export const eventsOf = (text: string): readonly unknown[] => [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as unknown);

const codeOf = (body: unknown): string | undefined => {
  // Asked of failures only, whose form has been checked.
  const { error } = (body ?? {}) as { error?: { code?: string } };
  return error?.code;
};

const inDocument = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(inDocument);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, key === '$ref' ? `api${String(value)}` : inDocument(value)]));
};
