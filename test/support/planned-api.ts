/**
 * A gateway with tasks, skills, configuration, workspaces and statistics before it, as the documents print them and as simple as can be.
 * What the gateway serves itself it is asked for.
 */
import { type Asked, refusal, type ScriptedAnswer, type ScriptedApi, sse, startScriptedApi } from './scripted-api.ts';

const STATS = {
  period: { from: '2026-04-01', to: '2026-04-30' },
  totals: { messages: 4821, tokensIn: 2_840_000, tokensOut: 8_920_000, costUSD: 24.8, avgLatencyMs: 1840, uniqueUsers: 38 },
  byDay: [{ date: '2026-04-01', messages: 142, tokensOut: 280_000 }],
};
const AT = '2026-03-02T10:30:00Z';

type Row = Readonly<Record<string, unknown>>;
type Serve = (asked: Asked, parts: readonly string[]) => ScriptedAnswer;

const page = (plural: string, rows: readonly Row[], { limit = '50', offset = '0' }: Asked['query']): ScriptedAnswer => ({
  json: { [plural]: rows.slice(Number(offset), Number(offset) + Number(limit)), total: rows.length, limit: Number(limit), offset: Number(offset) },
});
// Bodies of tests are objects.
const bodyOf = ({ body }: Asked): Row => (body ?? {}) as Row;
const created = (json: Row): ScriptedAnswer => ({ status: 201, json });
const missing = refusal(404, 'not_found');

/** A task is done when it was asked for twice; one whose prompt says `forever` when it is cancelled; one that says `fail` fails. */
const serveTasks = (): Serve => {
  const tasks = new Map<string, Row>();
  const end = (task: Row, status: string): Row => {
    const ended = { ...task, status, completed_at: AT, duration_ms: 4523 };
    tasks.set(String(task['id']), ended);
    return ended;
  };
  const resultOf = (task: Row): ScriptedAnswer => {
    const { id, status, prompt } = task;
    if (status === 'running') return refusal(409, 'conflict');
    const failed = status === 'failed' && { error: { code: 'model_failed', message: 'No answer' } };
    return { json: { id, status, output: `Heard: ${String(prompt)}`, files: [{ path: 'notes.md', change: 'created', size: 12 }], usage: { input_tokens: 800, output_tokens: 42, cost_usd: 0.01 }, ...failed } };
  };
  return (asked, [id = '', what = '']) => {
    if (id === '' && asked.method === 'GET') return page('tasks', [...tasks.values()].filter(({ status }) => [undefined, status].includes(asked.query['status'])), asked.query);
    if (id === '') {
      const task = { id: `task_${tasks.size + 1}`, status: 'running', created_at: AT };
      tasks.set(task.id, { ...task, ...bodyOf(asked), started_at: AT, completed_at: null, duration_ms: null, seen: 0 });
      return created(task);
    }
    const task = tasks.get(id);
    if (!task) return missing;
    if (what === 'result') return resultOf(task);
    if (what === 'cancel') return { json: end(task, 'cancelled') };
    if (what === 'events') return sse({ type: 'status', status: 'running', id: `${id}:1` }, { type: 'token', content: 'Heard', id: `${id}:2` }, { type: 'completed', output: 'Heard', id: `${id}:end` });
    const seen = { ...task, seen: Number(task['seen']) + 1 };
    tasks.set(id, seen);
    const prompt = String(task['prompt']);
    if (task['status'] === 'running' && seen.seen > 1 && !prompt.includes('forever')) return { json: end(seen, prompt.includes('fail') ? 'failed' : 'completed') };
    return { json: seen };
  };
};

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

const serveWorkspaces = (): Serve => {
  const workspaces = new Map<string, Row>();
  return (asked, [id = '', what = '']) => {
    if (id === '' && asked.method === 'GET') return page('workspaces', [...workspaces.values()], asked.query);
    if (id === '') {
      const workspace = { label: '', agent: null, skills: null, allowlist: [], budget: null, createdAt: AT, ...bodyOf(asked) };
      workspaces.set(String(bodyOf(asked)['id']), workspace);
      return created(workspace);
    }
    const workspace = workspaces.get(id);
    if (!workspace) return missing;
    if (asked.method === 'DELETE') return workspaces.delete(id) ? { json: { deleted: true } } : missing;
    const { add = [], remove = [], ...changes } = bodyOf(asked) as { readonly add?: readonly string[]; readonly remove?: readonly string[] }; // as the document prints them
    const allowlist = (workspace['allowlist'] as readonly string[]).filter((one) => !remove.includes(one)).concat(add); // put there above
    const now = asked.method === 'GET' ? workspace : { ...workspace, ...(what === 'allowlist' ? { allowlist } : changes) };
    workspaces.set(id, now);
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

export const startPlannedApi = async (gateway: { readonly url: string }): Promise<ScriptedApi> => {
  const served: Readonly<Record<string, Serve>> = { tasks: serveTasks(), skills: serveSkills(), workspaces: serveWorkspaces(), config: serveConfig(), stats: serveStats };
  return startScriptedApi((asked) => {
    const [noun = '', ...parts] = asked.path.replace('/api/v1/', '').split('/').map(decodeURIComponent);
    return served[noun]?.(asked, parts) ?? { forward: gateway.url };
  });
};
