import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw status` */
export const addStatusCommand = (program: Command, host: CliHost): void => {
  program
    .command('status')
    .description('how the gateway is: model, sessions, turns, what was used today')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw status\n  $ openclaw status --json | jq .usage.usage.costUSD\n')
    .action(async (flags: { json?: boolean }) => (await import('./work.ts')).status(host, flags));
};
