import type { HttpClient } from '../ports/http-client.ts';
import { isLoopback } from './is-loopback.ts';
import type { ModelEntry, ProviderSettings } from './model-settings.ts';
import type { Environment } from './settings-from-environment.ts';

export interface DetectOptions {
  readonly env?: Environment;
  /** Other addresses than the usual ones, by provider: `{ ollama: 'http://127.0.0.1:1' }`. */
  readonly baseUrls?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

interface LocalServer {
  readonly id: string;
  readonly baseUrl: string;
  readonly listPath: string;
  readonly modelsIn: (list: unknown) => readonly string[];
}

const LIST_LIMIT = 4 * 1024 * 1024;

/** Servers of local models that answer now with a list that has a model in it, as providers. */
export const detectLocalServers = async (http: HttpClient, options: DetectOptions = {}): Promise<Readonly<Record<string, ProviderSettings>>> => {
  const found = await Promise.all(localServers(options).map((server) => probe(http, server, options)));
  return Object.fromEntries(found.filter((entry) => entry !== undefined));
};

const localServers = ({ env = {}, baseUrls = {} }: DetectOptions): readonly LocalServer[] => [
  { id: 'ollama', baseUrl: baseUrls['ollama'] ?? ollamaUrl(env['OLLAMA_HOST']), listPath: '/api/tags', modelsIn: namesIn('models', 'name') },
  { id: 'lmstudio', baseUrl: baseUrls['lmstudio'] ?? 'http://127.0.0.1:1234', listPath: '/v1/models', modelsIn: namesIn('data', 'id') },
  { id: 'llamacpp', baseUrl: baseUrls['llamacpp'] ?? 'http://127.0.0.1:8080', listPath: '/v1/models', modelsIn: namesIn('data', 'id') },
];

const probe = async (http: HttpClient, server: LocalServer, options: DetectOptions): Promise<readonly [string, ProviderSettings] | undefined> => {
  try {
    if (!(await http.listens(server.baseUrl, options.deadlineMs ?? 300))) return undefined;
    const signal = AbortSignal.timeout(options.deadlineMs ?? 1_000);
    const response = await http.request(server.baseUrl + server.listPath, { method: 'GET', headers: { accept: 'application/json' }, signal });
    const list: unknown = JSON.parse(await response.text(LIST_LIMIT));
    const names = response.status === 200 ? server.modelsIn(list).filter((name) => !/embed/i.test(name)) : [];
    if (names.length === 0) return undefined;
    return [server.id, { api: 'openai', baseUrl: `${server.baseUrl}/v1`, apiKeys: [], models: names.map((id) => toEntry(id, server, options)) }];
  } catch {
    // Nothing listens there, or it is something else.
    return undefined;
  }
};

const toEntry = (id: string, server: LocalServer, { env = {} }: DetectOptions): ModelEntry => {
  const contextTokens = server.id === 'ollama' && isLoopback(server.baseUrl) ? Number(env['OLLAMA_CONTEXT_LENGTH']) : Number.NaN;
  return contextTokens > 0 ? { id, contextTokens } : { id };
};

const namesIn =
  (list: string, name: string) =>
  (answer: unknown): readonly string[] => {
    const entries = fieldOf(answer, list);
    if (!Array.isArray(entries)) return [];
    return entries.map((entry) => fieldOf(entry, name)).filter((value) => typeof value === 'string');
  };

const fieldOf = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined);

/** OLLAMA_HOST tells the server where to listen, so it may lack the scheme, the host or the port, and may name every interface. */
const ollamaUrl = (host: string | undefined): string => {
  const named = host?.trim() ?? '';
  const withScheme = /^https?:\/\//.test(named) ? named : `http://${named.startsWith(':') ? `127.0.0.1${named}` : named || '127.0.0.1'}`;
  const url = URL.parse(withScheme);
  if (url === null) return 'http://127.0.0.1:11434';
  const hasPort = /:\d+\/?$/.test(withScheme);
  const name = url.hostname === '0.0.0.0' || url.hostname === '[::]' ? '127.0.0.1' : url.hostname;
  const port = url.port !== '' ? `:${url.port}` : hasPort || url.protocol === 'https:' ? '' : ':11434';
  return `${url.protocol}//${name}${port}`;
};
