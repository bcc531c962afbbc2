import { named } from '@openclaw/client';
import type { getTask, Task } from '@openclaw/contract';
import { ago, seconds } from '../kit/figures.ts';
import { plainLine, writeJson, writeLines, writeText } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

const GET = named<typeof getTask>('tasks.get');

export const tasksShow = async (host: CliHost, id: string, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const task = await client.call(GET, { task: id });
  if (json) return writeJson(task);
  writeLines(describe(task));
  writeText(`\n${task.prompt.trimEnd()}\n`);
};

const describe = ({ options, error, ...task }: Task): readonly string[] =>
  [
    ['Task', task.id],
    ['Status', task.status === 'running' && task.startedAt === null ? 'running (waits for its turn)' : task.status],
    ['Label', task.label],
    ['Session', task.sessionKey],
    ['Workspace', task.workspace],
    ['By', task.origin],
    ['Made', `${task.createdAt} (${ago(task.createdAt)})`],
    ['Started', task.startedAt],
    ['Ended', task.endedAt],
    ['Took', task.durationMs === null ? null : seconds(task.durationMs)],
    ['Model', options.model],
    ['Tokens', options.maxTokens === undefined ? null : `${options.maxTokens} at most`],
    ['Deadline', options.runTimeoutSeconds === undefined ? null : `${options.runTimeoutSeconds} s`],
    ['Works in', task.workingDirectory],
    ['Error', error && `${error.message} [${error.code}]`],
  ].flatMap(([name, value]) => (typeof name === 'string' && typeof value === 'string' ? [`${name.padEnd(10)} ${plainLine(value)}`] : []));
