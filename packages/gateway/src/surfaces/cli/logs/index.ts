import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount } from '../kit/options.ts';
import { LOG_LEVELS, type LogOptions } from './log-host.ts';

/** `openclaw logs` */
export const addLogCommand = (program: Command, host: CliHost): void => {
  program
    .command('logs')
    .description("show the gateway's log on this machine")
    .addOption(new Option('-n, --lines <number>', 'how many of the newest lines').argParser(toCount).default(50))
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .addOption(new Option('--level <level>', 'only lines at least this grave').choices(LOG_LEVELS))
    .option('--json', 'print the lines as they were written, as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw logs --follow\n  $ openclaw logs -n 200 --level warn\n')
    .action(async ({ lines, ...flags }: { lines: number; follow?: boolean; level?: NonNullable<LogOptions['level']>; json?: boolean }) =>
      (await import('./work.ts')).logs(host, { ...flags, count: lines }));
};
