import { named } from '@openclaw/client';
import type { TaskResult, taskResult } from '@openclaw/contract';
import { money, seconds, tokens } from '../kit/figures.ts';
import { paint } from '../kit/paint.ts';
import { plainLine, writeJson, writeText } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

const RESULT = named<typeof taskResult>('tasks.result');

/** The output goes where it can be kept; what is said about it goes to whoever looks. */
export const tasksResult = async (host: CliHost, id: string, { json = false }: { readonly json?: boolean }): Promise<void> => {
  const { client } = await host.connect();
  const result = await client.call(RESULT, { task: id });
  if (json) writeJson(result);
  else {
    if (result.output !== null) writeText(result.output.endsWith('\n') ? result.output : `${result.output}\n`);
    for (const line of remarks(result)) process.stderr.write(`${paint('grey', `· ${plainLine(line)}`, process.stderr)}\n`);
  }
  const { error, status } = result;
  if (status !== 'completed') throw new CliError(error ? `The task was not completed: ${error.message} [${error.code}]` : `The task is ${status}`);
};

const remarks = ({ files, filesCutOff, usage, durationMs }: TaskResult): readonly string[] => [
  ...files.map(({ path, change, size }) => `${change} ${path} (${size} bytes)`),
  ...(filesCutOff ? ['there were more files than are looked at'] : []),
  [...(durationMs === null ? [] : [seconds(durationMs)]), tokens(usage), money(usage.costUSD)].join(', '),
];
