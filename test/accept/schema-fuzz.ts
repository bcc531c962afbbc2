import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { ApiChecker, type Answer, type ApiOperation, exactDocument } from '../openapi/api-checker.ts';
import { type FuzzRequest, requestsTo } from '../openapi/arbitrary-requests.ts';
import { withTold } from '../openapi/arbitrary-values.ts';
import { judge, type SentRequest } from '../openapi/judge.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { FIGURES_MISSING, memoryMB } from '../support/process-figures.ts';
import { startRegistry } from '../support/registry-server.ts';
import { npmTarball, SKILL } from '../support/tar.ts';

interface Scale {
  readonly requests: number;
  readonly mutant?: Mutant;
  /** Something else in the document than what the gateway does. */
  readonly misread?: (operation: ApiOperation) => ApiOperation;
}

const LANES = 12;
const HANGS_MS = 5_000;
/** How long one listens to what never ends. */
const LISTEN_MS = 100;
/** It levels off at 450 MB between 100,000 and 150,000 requests, a part of it what they made. */
const MOST_MEMORY_MB = 500;
const MOST_PROBLEMS = 40;
const MOST_OF_A_KIND = 40;
const SEED = 20260502;

/** Packages by names that are asked for often. */
const PACKAGES = ['main', 'team', '5'];

/** The owner's address, and that of somebody who guesses: guesses cost their own address only. */
const OWNER = '127.0.0.1';
const GUESSER = '127.0.0.3';

/** Every operation of every dialect is asked as its document says, nearly so, and not at all. */
const fuzz = async ({ requests, mutant, misread = (operation) => operation }: Scale): Promise<Outcome> => {
  if (FIGURES_MISSING) return { figures: '', problems: [], skipped: FIGURES_MISSING };
  const problems = new Problems();
  const checker = new ApiChecker(await exactDocument());
  const operations = checker.operations.map(misread);
  await using model = await startModelServer({ script: () => ({ text: 'Well.', usage: { inputTokens: 5, outputTokens: 1 } }) });
  await using registry = await startRegistry();
  for (const name of PACKAGES) {
    registry.publish(name, '1.0.0', npmTarball(name, '1.0.0', { 'SKILL.md': SKILL(name) }));
    registry.tag(name, 'main', '1.0.0');
  }
  const folder = await makeStateDirectory(model.url, { skills: { registry: registry.url } });
  // Somebody put this one there by hand: what is installed comes and goes.
  await mkdir(join(folder, 'skills/main'), { recursive: true });
  await writeFile(join(folder, 'skills/main/SKILL.md'), SKILL('main'));
  const gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
  const agent = new Agent({ keepAlive: true, maxSockets: LANES * 4 });
  const told = new Told();
  const counts = { accepted: 0, refused: 0, slowest: 0, most: 0 };
  try {
    const each = Math.ceil(requests / operations.length);
    const waiting = operations.flatMap((operation, i) => fc.sample(requestsTo(checker, operation), { numRuns: each, seed: SEED + i }).map((asked) => ({ operation, asked })));
    // Side by side rather than one operation after the other: what one deletes, another asks for.
    const order = waiting.map((_, i) => i).toSorted((a, b) => (a % each) - (b % each) || a - b);
    const lane = async (): Promise<void> => {
      for (let next = order.shift(); next !== undefined && problems.all.length < MOST_PROBLEMS; next = order.shift()) {
        const one = waiting[next];
        if (!one) continue;
        const sent = prepare(operations, one.operation, one.asked, told.values);
        const from = performance.now();
        const answer = await send(gateway, agent, sent).catch((thrown: unknown) => String(thrown));
        const ms = performance.now() - from;
        counts.slowest = Math.max(counts.slowest, ms);
        const wrong = typeof answer === 'string' ? answer : answer === undefined ? undefined : judge(checker, sent, answer);
        if (wrong !== undefined) problems.add(`${describe(sent)}: ${wrong}`);
        else if (ms > HANGS_MS) problems.add(`${describe(sent)}: answered after ${Math.round(ms)} ms`);
        if (typeof answer !== 'object') continue;
        counts[answer.status < 400 ? 'accepted' : 'refused']++;
        told.hear(answer.text ?? '');
        if ((counts.accepted + counts.refused) % 500 === 0) counts.most = Math.max(counts.most, await memoryMB(gateway.pid));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const alive = await fetch(`${gateway.url}/readyz`).then(({ status }) => status, String);
    problems.expect(alive === 200, `afterwards it says ${alive}`);
    counts.most = Math.max(counts.most, await memoryMB(gateway.pid));
    problems.expect(counts.most <= MOST_MEMORY_MB, `it grew to ${Math.round(counts.most)} MB`);
    return {
      figures: `${counts.accepted + counts.refused} requests to ${operations.length} operations, ${counts.accepted} accepted and ${counts.refused} refused; the slowest answer took ${Math.round(counts.slowest)} ms; at most ${Math.round(counts.most)} MB`,
      problems: problems.all,
    };
  } finally {
    agent.destroy();
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

/** What the gateway has told: ids and keys to ask for again. */
class Told {
  readonly #byKind = new Map<string, string[]>();

  hear(text: string): void {
    for (const [, value = '', kind = ''] of text.matchAll(/"((sess|turn|task|msg|key|agent)[_:][!#-[\]-~]{1,80})"/g)) {
      const known = this.#byKind.get(kind) ?? [];
      this.#byKind.set(kind, [...known.slice(1 - MOST_OF_A_KIND), value]);
    }
  }

  /** Of each kind as many, whatever was told most. */
  get values(): readonly string[] {
    const kinds = [...this.#byKind.values()];
    return Array.from({ length: MOST_OF_A_KIND }, (_, i) => kinds.map((known) => known[i % known.length] ?? 'main')).flat();
  }
}

const prepare = (operations: readonly ApiOperation[], operation: ApiOperation, asked: FuzzRequest, told: readonly string[]): SentRequest & { readonly path: string } => {
  const params = Object.entries(asked.params).map(([name, value]) => [name, String(withTold(value, told)).toWellFormed()] as const);
  const path = params.reduce((at, [name, value]) => at.replace(`{${name}}`, () => (asked.rawParams ? raw(value) : encodeURIComponent(value))), operation.path);
  const query = asked.query.map(([name, value]) => [name, String(withTold(value, told)).toWellFormed()] as const);
  const leadsElsewhere = asked.rawParams || params.some(([, value]) => isDots(value));
  return {
    operation,
    reached: servedBy(operations, asked.method, path),
    method: asked.method,
    path: `${path}${query.length > 0 ? `?${query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}` : ''}`,
    params: leadsElsewhere ? undefined : Object.fromEntries(params),
    query,
    // The marks of headers too.
    headers: withTold(asked.headers, told) as FuzzRequest['headers'],
    credential: asked.credential,
    body: withTold(asked.body, told) as FuzzRequest['body'],
  };
};

/** The operation that serves a path: where two could, the one whose path is written out. */
const servedBy = (operations: readonly ApiOperation[], method: string, path: string): ApiOperation | undefined =>
  operations
    .filter((one) => one.method === (method === 'HEAD' ? 'GET' : method) && new RegExp(`^${one.path.replaceAll('.', String.raw`\.`).replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .toSorted((a, b) => a.parameters.filter(({ in: place }) => place === 'path').length - b.parameters.filter(({ in: place }) => place === 'path').length)[0];

/** Not encoded as it should be. */
const raw = (value: string): string => `%zz${encodeURIComponent(value.slice(0, 20))}`;
const isDots = (value: string): boolean => value === '.' || value === '..';

/** Resolves to undefined where it was left while it still went on, as what never ends must be. */
const send = ({ url, token }: GatewayProcess, agent: Agent, { operation, method, path, headers, credential, body }: SentRequest & { readonly path: string }): Promise<Answer | undefined> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : body.kind === 'json' ? JSON.stringify(body.value) : body.text;
    const asked = request({
      agent,
      host: OWNER,
      port: portOf({ url }),
      localAddress: credential === 'wrong' ? GUESSER : OWNER,
      method,
      path,
      headers: {
        ...headers,
        ...(credential === 'right' && { authorization: `Bearer ${token}` }),
        ...(credential === 'wrong' && { authorization: 'Bearer nonsense' }),
        ...(body && { 'content-type': body.kind === 'json' ? 'application/json' : body.type }),
        ...(body?.kind === 'refused' && body.packed && { 'content-encoding': body.packed }),
        ...(text !== undefined && { 'content-length': Buffer.byteLength(text) }),
      },
    });
    const left = operation.endless && setTimeout(() => { resolve(undefined); asked.destroy(); }, LISTEN_MS);
    const hung = setTimeout(() => { reject(new Error(`no answer within ${HANGS_MS} ms`)); asked.destroy(); }, HANGS_MS);
    const done = (): void => {
      clearTimeout(hung);
      if (left) clearTimeout(left);
    };
    asked.on('error', (thrown) => {
      done();
      reject(thrown);
    });
    asked.on('response', (response) => {
      let told = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (told += chunk));
      response.on('error', reject);
      response.on('end', () => {
        done();
        const flat = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
        resolve({ status: response.statusCode ?? 0, headers: new Headers(flat), text: method === 'HEAD' || told === '' ? undefined : told });
      });
    });
    asked.end(text);
  });

const describe = ({ method, operation, params, query, body, headers }: SentRequest): string =>
  `${method} ${operation.path} ${JSON.stringify({ params, query, headers, body }).slice(0, 400)}`;

const QUICK: Scale = { requests: 1_200 };

export const schemaFuzz: Scenario = {
  id: 'fuzz',
  title: 'F1 schema fuzz',
  quick: () => fuzz(QUICK),
  full: () => fuzz({ requests: 50_000 }),
  red: {
    'an answer lacks a field': () => fuzz({ ...QUICK, mutant: 'forgets-a-field' }),
    'something strange in a name is an accident': () => fuzz({ ...QUICK, mutant: 'trips-over-names' }),
    'a status is not described': () => fuzz({ ...QUICK, misread: (operation) => ({ ...operation, types: new Map([...operation.types].filter(([status]) => status !== 404)) }) }),
    'what the document forbids is accepted': () =>
      fuzz({ ...QUICK, misread: (operation) => (operation.body ? { ...operation, body: { ...operation.body, schema: { ...operation.body.schema, maxProperties: 0 } } } : operation) }),
  },
};
