/**
 * A gateway with skills, configuration and statistics before it, as the documents print them and as simple as can be.
 * What the gateway serves itself it is asked for.
 */
import type { ModelScript } from './model-server.ts';
import { type Asked, refusal, type ScriptedAnswer, type ScriptedApi, startScriptedApi } from './scripted-api.ts';

const STATS = {
  period: { from: '2026-04-01', to: '2026-04-30' },
  totals: { messages: 4821, tokensIn: 2_840_000, tokensOut: 8_920_000, costUSD: 24.8, avgLatencyMs: 1840, uniqueUsers: 38 },
  byDay: [{ date: '2026-04-01', messages: 142, tokensOut: 280_000 }],
};

type Row = Readonly<Record<string, unknown>>;
type Serve = (asked: Asked, parts: readonly string[]) => ScriptedAnswer;

const page = (plural: string, rows: readonly Row[], { limit = '50', offset = '0' }: Asked['query']): ScriptedAnswer => ({
  json: { [plural]: rows.slice(Number(offset), Number(offset) + Number(limit)), total: rows.length, limit: Number(limit), offset: Number(offset) },
});
// Bodies of tests are objects.
const bodyOf = ({ body }: Asked): Row => (body ?? {}) as Row;
const created = (json: Row): ScriptedAnswer => ({ status: 201, json });
const missing = refusal(404, 'not_found');

const serveSkills = (): Serve => {
  const skills = new Map<string, Row>();
  return (asked, [name = '', what = '']) => {
    if (name === '' && asked.method === 'GET') return page('skills', [...skills.values()], asked.query);
    if (name === '') {
      const { name: wanted, version } = bodyOf(asked);
      const skill = { name: wanted, version: version === 'latest' ? '1.2.0' : version, description: 'Helps with git', enabled: true, source: 'npm' };
      skills.set(String(wanted), skill);
      return created(skill);
    }
    const skill = skills.get(name);
    if (!skill) return missing;
    if (asked.method === 'DELETE') return skills.delete(name) ? { json: { deleted: true } } : missing;
    const now = what === '' ? skill : { ...skill, enabled: what === 'enable' };
    skills.set(name, now);
    return { json: now };
  };
};

const serveConfig = (): Serve => {
  let [config, version]: [Row, number] = [{ model: { provider: 'anthropic' }, gateway: { token: '***' } }, 1];
  return (asked) => {
    if (asked.method === 'PATCH') {
      const { 'if-match': match } = asked.headers;
      if (match !== undefined && match !== `"${version}"`) return refusal(409, 'conflict');
      config = { ...config, ...bodyOf(asked) };
      version++;
    }
    return { json: config, headers: { etag: `"${version}"` } };
  };
};

const serveStats: Serve = ({ query }, [what = '']) => {
  if (what === '') return { json: STATS };
  const row = { messages: 3, tokensIn: 1, tokensOut: 2, costUSD: 0.1, avgLatencyMs: 5 };
  return page(what, [what === 'users' ? { userId: 'me', ...row } : { workspace: 'team', ...row }], query);
};

/** An agent that says what it heard; `fail` fails, and `forever` takes longer than anybody waits. */
export const hearing: ModelScript = ({ messages }) => {
  const text = String(messages.at(-1)?.text);
  if (text === 'fail') return { status: 400, message: 'No answer' };
  return { text: ['Heard: ', text], chunkDelayMs: 5, usage: { inputTokens: 800, outputTokens: 42 }, ...(text === 'forever' && { delayMs: 60_000 }) };
};

export const startPlannedApi = async (gateway: { readonly url: string }): Promise<ScriptedApi> => {
  const served: Readonly<Record<string, Serve>> = { skills: serveSkills(), config: serveConfig(), stats: serveStats };
  return startScriptedApi((asked) => {
    const [noun = '', ...parts] = asked.path.replace('/api/v1/', '').split('/').map(decodeURIComponent);
    return served[noun]?.(asked, parts) ?? { forward: gateway.url };
  });
};
