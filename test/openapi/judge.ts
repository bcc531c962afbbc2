import { type ApiChecker, type ApiOperation, eventsOf, type Answer, type Parameter } from './api-checker.ts';
import type { FuzzBody } from './arbitrary-requests.ts';

/** A request as it was sent. */
export interface SentRequest {
  readonly operation: ApiOperation;
  /** The operation its method and path lead to: another one, by accident, or none. */
  readonly reached: ApiOperation | undefined;
  readonly method: string;
  /** Decoded; undefined where it cannot be. */
  readonly params: Readonly<Record<string, string>> | undefined;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly credential: 'right' | 'none' | 'wrong';
  readonly body: FuzzBody | undefined;
}

/** Failures that the one who asks brings about by how long they wait. */
const ASKED_FOR = new Set(['timeout', 'turn_deadline']);
const MODIFIES = new Set(['POST', 'PATCH', 'DELETE']);

/** What is wrong with an answer, given what was asked; nothing for an answer as it must be. */
export const judge = (checker: ApiChecker, sent: SentRequest, answer: Answer): string | undefined => {
  const { operation, reached, method, headers } = sent;
  const { status } = answer;
  const code = failureOf(answer);
  if (status >= 500 && !ASKED_FOR.has(code ?? '')) return `${status}: ${answer.text?.slice(0, 300)}`;
  // Its head was too long to be read: it is told so, and no more can be said of it.
  if (status === 400 && answer.headers.get('connection') === 'close' && answer.headers.get('x-request-id') === null && code === 'invalid_request') return undefined;
  if (method === 'OPTIONS') return status === 204 || status === 404 || status === 400 ? undefined : `OPTIONS is answered with ${status}`;
  // Fields and paths that lead nowhere are refused before the route is known.
  if (sent.params === undefined || Object.values(sent.params).some((value) => value === '' || value.length > 400)) return status >= 400 ? undefined : `a path that leads nowhere is answered with ${status}`;
  if (reached === undefined) return status >= 400 && status < 500 ? undefined : `${method} is not described, and answered with ${status}`;
  // It must make sense there; whether it was to be accepted is judged where it was meant for.
  if (reached.path !== operation.path || reached.method !== operation.method) return checker.answer(reached, answer);
  if (method === 'HEAD') return undefined;
  const undescribed = checker.answer(operation, answer);
  if (undescribed !== undefined) return undescribed;
  if (sent.credential === 'none' && headers['Origin'] === undefined && status !== 401) return `without a credential it is answered with ${status}`;
  if (sent.credential === 'wrong' && status < 400) return `with a wrong credential it is answered with ${status}`;
  // A resumed stream begins nothing: its body is not looked at.
  if (status === 204 || (status === 200 && headers['Last-Event-ID'] && answer.headers.get('content-type')?.includes('event-stream'))) return undefined;
  const forbidden = invalid(checker, sent);
  if (forbidden !== undefined && status < 400) return `accepted with ${status}, though ${forbidden}`;
  if (status < 400 && headers['Origin'] !== undefined && MODIFIES.has(method)) return `a foreign page is answered with ${status}`;
  return undefined;
};

const failureOf = ({ status, text }: Answer): string | undefined => {
  if (status < 400 || !text) return undefined;
  // One form for every failure, which `ApiChecker.answer` sees to; here it need only be read.
  const told = (text.startsWith('{') ? JSON.parse(text) : eventsOf(text).at(-1)) as { error?: { code?: string } } | undefined;
  return told?.error?.code;
};

/** What the document forbids in a request. */
const invalid = (checker: ApiChecker, { operation, params, query, headers, body }: SentRequest): string | undefined => {
  for (const parameter of operation.parameters) {
    const { name, required, schema } = parameter;
    const given = parameter.in === 'path' ? [params?.[name] ?? ''] : parameter.in === 'query' ? query.filter(([one]) => one === name).map(([, text]) => text) : headers[name] ? [headers[name]] : [];
    if (given.length === 0 && required) return `${name} is missing`;
    if (given.length > 0 && !readings(checker, parameter, given).some((value) => checker.holds(schema, value))) return `${name} is ${JSON.stringify(given).slice(0, 200)}`;
  }
  if (body?.kind === 'refused') return `its body is ${body.text.slice(0, 100)} (${body.type} ${body.packed ?? ''})`;
  if (operation.body && !checker.holds(operation.body.schema, body === undefined ? {} : body.value)) return 'its body is not what it must be';
  return undefined;
};

/** What text in an address may stand for. */
const readings = (checker: ApiChecker, { schema }: Parameter, given: readonly string[]): readonly unknown[] => {
  const [first = '', ...more] = given;
  if (checker.resolve(schema)['type'] === 'array') return [more.length > 0 ? given : first.split(',').map((one) => one.trim()).filter((one) => one !== '')];
  if (more.length > 0) return [];
  return [first, ...(/^-?(?:0|[1-9]\d*)$/.test(first) ? [Number(first)] : []), ...(first === 'true' ? [true] : first === 'false' ? [false] : [])];
};
