import {
  type cancelTask, type createTask, type deleteTask, GatewayError, type getTask, type InputOf, type listTasks, type runTask, type Session, type taskResult, type watchTask,
} from '@openclaw/contract';
import { drain } from '../../kernel/drain.ts';
import { newId } from '../../kernel/ids.ts';
import { type Caller, homeOf, requireEntry, visibleWorkspaces } from '../access/index.ts';
import { type AgentSettings, resolveWorkingDirectory } from '../agent/index.ts';
import type { Handler } from '../gateway.ts';
import type { TaskRecord } from '../ports/task-records.ts';
import { sessionKey } from '../sessions/index.ts';
import { type BeginDeps, beginTurn, cancelOne, followTurn, showTurn, taskOf, type Wanted } from '../turns/index.ts';
import { timeRange } from './time-range.ts';
import { toResult, toTask } from './to-task.ts';

interface Deps extends BeginDeps {
  readonly agent: string;
  readonly knowsAgent: (id: string) => boolean;
  /** Throws where the caller may not begin a session in this workspace. */
  readonly requireUsable: (caller: Caller, workspace: string) => Promise<void>;
  readonly settings: (place: Pick<Session, 'agent' | 'workspace'>) => Pick<AgentSettings, 'workspaceFolder' | 'roots'>;
  /** Stops what runs in a session that is about to go. */
  readonly cancelAll: (sessionId: string) => Promise<void>;
}

/** Past its own deadline a task has this long to say so. */
const LAST_WORDS_SECONDS = 30;
/** How long whoever cancels waits to see it happen. */
const CANCELS_WITHIN_SECONDS = 3;

const missing = (id: string): GatewayError => new GatewayError('task_not_found', `There is no task ${id}`, { taskId: id });

const notYet = ({ id, status }: TaskRecord): GatewayError =>
  new GatewayError('conflict', `The task ${id} is still running, so it has no result yet. Ask for its status, or follow its events, until it is over.`, { taskId: id, status });

/** What can be done with tasks, behind the door. */
export const taskHandlers = (deps: Deps) => {
  const { store, live, agent: main, knowsAgent, requireUsable, settings, cancelAll, now } = deps;

  /** A session of its own, and in it the one turn that is the task. */
  const toTurn = async (caller: Caller, text: string, wanted: Omit<InputOf<typeof createTask>, 'prompt'>): Promise<Omit<Wanted, 'timeoutSeconds'>> => {
    const { label, workspace = homeOf(caller), agent = main, userId, context, options } = wanted;
    if (!knowsAgent(agent)) throw new GatewayError('invalid_request', `agent: there is no agent ${agent}`, { path: 'agent' });
    await requireUsable(caller, workspace);
    const { workingDirectory: asked, ...forTurn } = options;
    const workingDirectory = asked === undefined ? undefined : await resolveWorkingDirectory(asked, settings({ agent, workspace }));
    const at = now();
    const id = newId('sess', at);
    return {
      session: {
        id, key: sessionKey(agent, workspace, `task-${id.slice(5)}`), kind: 'isolated', label, agent, workspace, userId, channel: context.channel ?? 'api', now: at,
      },
      text,
      context,
      options: forTurn,
      task: { label, workingDirectory },
    };
  };

  const found = async (id: string): Promise<TaskRecord> => {
    const task = await store.findTask(taskOf(id));
    if (!task) throw missing(id);
    return task;
  };

  const find = async (id: string, caller: Caller): Promise<TaskRecord> => {
    const task = await found(id);
    requireEntry(caller, task.workspace, () => missing(id));
    return task;
  };

  const create: Handler<typeof createTask> = async ({ prompt, ...wanted }, context) => {
    const { turnId } = await drain(beginTurn(deps, { ...(await toTurn(context.caller, prompt, wanted)), timeoutSeconds: 0 }, context));
    const { id, sessionId, sessionKey: key, status, createdAt } = toTask(await found(turnId));
    return { id, turnId, sessionId, sessionKey: key, status, createdAt };
  };

  const run: Handler<typeof runTask> = async function* ({ task, ...wanted }, context) {
    const runTimeoutSeconds = wanted.options.runTimeoutSeconds ?? 300;
    const turn = await toTurn(context.caller, task, { ...wanted, options: { ...wanted.options, runTimeoutSeconds } });
    const { reply, turnId } = yield* beginTurn(deps, { ...turn, timeoutSeconds: runTimeoutSeconds + LAST_WORDS_SECONDS }, context);
    if (!reply) throw new GatewayError('internal', 'The task ended without a result', { turnId });
    return { ...reply, taskId: taskOf(turnId) };
  };

  const get: Handler<typeof getTask> = async ({ task }, { caller }) => toTask(await find(task, caller));

  const resultOf = async (id: string) => {
    const result = await store.taskResult(taskOf(id));
    if (!result) throw missing(id);
    return toResult(result);
  };

  const result: Handler<typeof taskResult> = async ({ task: id }, { caller }) => {
    const task = await find(id, caller);
    if (task.status === 'running') throw notYet(task);
    return resultOf(id);
  };

  const list: Handler<typeof listTasks> = async ({ limit, offset, status, workspace, search, from, to }, { caller }) => {
    const workspaces = workspace === undefined ? visibleWorkspaces(caller) : [workspace];
    const { tasks, total } = await store.listTasks({ statuses: status, workspaces, search, ...timeRange({ from, to }), limit, offset });
    return { tasks: tasks.map(toTask), total, limit, offset };
  };

  const cancel: Handler<typeof cancelTask> = async ({ task: id }, { caller, signal }) => {
    const { turnId, sessionId, sessionKey: key, workspace } = await find(id, caller);
    const reader = live.follow(turnId, { fromTheStart: false, quiet: true });
    try {
      await cancelOne(deps, turnId, { id: sessionId, key, workspace });
      // Whoever runs it may need longer: then it is told as it stands.
      await drain(followTurn(reader, deps, { timeoutSeconds: CANCELS_WITHIN_SECONDS, signal })).catch(() => undefined);
    } finally {
      reader.leave();
    }
    return toTask(await find(id, caller));
  };

  const remove: Handler<typeof deleteTask> = async ({ task: id }, { caller }) => {
    const { turnId, sessionId, sessionKey: key, workspace } = await find(id, caller);
    await cancelOne(deps, turnId, { id: sessionId, key, workspace });
    await cancelAll(sessionId);
    return { deleted: await store.deleteSession(sessionId) };
  };

  const watch: Handler<typeof watchTask> = async function* ({ task: id, after, timeoutSeconds }, { caller, signal, quiet }) {
    const { turnId, sessionKey: key } = await find(id, caller);
    yield* showTurn(deps, { id: turnId, sessionKey: key }, { after, timeoutSeconds, signal, quiet });
    return resultOf(id);
  };

  return { create, run, get, result, list, cancel, remove, watch };
};
