import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toSeconds } from '../kit/options.ts';

/** `openclaw heartbeat`, which is `openclaw heartbeat run`, and `openclaw heartbeat status`. */
export const addHeartbeatCommands = (program: Command, host: CliHost): void => {
  const heartbeat = program
    .command('heartbeat')
    .description('what the agent looks after when nobody writes to it (HEARTBEAT.md in its folder)')
    .addHelpText('after', '\nExamples:\n  $ openclaw heartbeat --dry-run\n  $ openclaw heartbeat status\n');
  heartbeat
    .command('run', { isDefault: true })
    .description('have the heart beat now; where there is nothing to do, no model is asked')
    .option('--dry-run', 'say what it would do, and do nothing')
    .option('--agent <name>', 'of this agent')
    .option('--workspace <name>', 'in this workspace')
    .addOption(new Option('-t, --timeout <seconds>', 'how long to wait').argParser(toSeconds).default(600))
    .option('--json', 'print what came of it as JSON')
    .action(async (flags) => (await import('./run.ts')).heartbeatRun(host, flags));
  heartbeat
    .command('status')
    .description('how often it beats, when next, what it would find, and what came of the last time')
    .option('--agent <name>', 'of this agent')
    .option('--workspace <name>', 'in this workspace')
    .option('--json', 'print it as JSON')
    .action(async (flags) => (await import('./status.ts')).heartbeatStatusOf(host, flags));
};
