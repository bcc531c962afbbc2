import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount } from '../kit/options.ts';

/** `openclaw tasks …` */
export const addTasksCommands = (program: Command, host: CliHost): void => {
  const tasks = program
    .command('tasks')
    .description('what the agent was given to do: by run, by the API, by itself')
    .addHelpText('after', '\nExamples:\n  $ openclaw tasks list --status running\n  $ openclaw tasks list --from 2026-03-01 --to 2026-03-07 --search report\n  $ openclaw tasks result task_abc123 > report.md\n');
  tasks
    .command('list')
    .description('tasks, the newest first')
    .addOption(new Option('--status <status>', 'only these').choices(['running', 'completed', 'failed', 'cancelled']))
    .option('--from <when>', 'made on this day (2026-03-01) or at this moment, or later; days are in UTC')
    .option('--to <when>', 'made on this day or at this moment, or before')
    .option('--search <text>', 'only those that were asked something with these words')
    .option('--workspace <name>', 'only those of this workspace')
    .addOption(new Option('-n, --limit <number>', 'as many at most').argParser(toCount).default(20))
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./list.ts')).tasksList(host, flags));
  tasks
    .command('show')
    .description('one task: what was asked, with which options, and where it stands')
    .argument('<task>', 'its id')
    .option('--json', 'print it as JSON')
    .action(async (task: string, flags) => (await import('./show.ts')).tasksShow(host, task, flags));
  tasks
    .command('result')
    .description('what came of a task: its output, and on standard error the files it made and what it used')
    .argument('<task>', 'its id')
    .option('--json', 'print it as JSON')
    .action(async (task: string, flags) => (await import('./result.ts')).tasksResult(host, task, flags));
  tasks
    .command('cancel')
    .description('stop tasks')
    .argument('<tasks...>', 'their ids')
    .action(async (ids: string[]) => (await import('./cancel.ts')).tasksCancel(host, ids));
  tasks
    .command('watch')
    .description('follow a task to its end; Ctrl-C leaves it running')
    .argument('<task>', 'its id')
    .option('--json', 'print the whole reply as JSON')
    .option('--stream', 'print the answer as it comes, also into a pipe')
    .action(async (task: string, flags) => (await import('./watch.ts')).tasksWatch(host, task, flags));
};
