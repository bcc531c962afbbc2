import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount } from '../kit/options.ts';

/** `openclaw stats` */
export const addStatsCommand = (program: Command, host: CliHost): void => {
  program
    .command('stats')
    .description('messages, tokens, cost and latency in a range of days')
    .option('--from <date>', 'the first day, such as 2026-04-01 (default: the first of the month)')
    .option('--to <date>', 'the last day (default: today)')
    .option('--timezone <zone>', 'of the days, such as Europe/Berlin (default: the agent\'s)')
    .option('--workspace <workspace>', 'of this one only')
    .addOption(new Option('--by <what>', 'a table by').choices(['day', 'workspace', 'user', 'model']).default('day'))
    .addOption(new Option('--limit <rows>', 'the longest table by workspace, user or model').argParser(toCount).default(20))
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw stats\n  $ openclaw stats --from 2026-04-01 --to 2026-04-30 --by user --workspace team\n  $ openclaw stats --by model --json\n')
    .action(async (flags) => (await import('./work.ts')).stats(host, flags));
};
