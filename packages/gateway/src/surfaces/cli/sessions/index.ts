import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount } from '../kit/options.ts';

/** `openclaw sessions …` */
export const addSessionsCommands = (program: Command, host: CliHost): void => {
  const sessions = program
    .command('sessions')
    .description('the conversations the gateway keeps')
    .addHelpText('after', '\nExamples:\n  $ openclaw sessions list --kind isolated\n  $ openclaw sessions history work --limit 5\n  $ openclaw sessions export work -o work.md\n');
  const limit = (what: string, count: number): Option => new Option('-n, --limit <number>', what).argParser(toCount).default(count);
  sessions
    .command('list')
    .description('sessions, the most recently active first')
    .addOption(new Option('--kind <kind>', 'only these').choices(['main', 'isolated']))
    .option('--workspace <name>', 'only those of this workspace')
    .addOption(limit('as many at most', 50))
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./list.ts')).sessionsList(host, flags));
  sessions
    .command('show')
    .description('one session: what it has used, what it costs, what its turns run with')
    .argument('[session]', 'a name, a key or an id', 'main')
    .option('--json', 'print it as JSON')
    .action(async (session: string, flags) => (await import('./show.ts')).sessionsShow(host, session, flags));
  sessions
    .command('history')
    .description('the newest messages of a session')
    .argument('[session]', 'a name, a key or an id', 'main')
    .addOption(limit('as many at most', 20))
    .option('--tools', 'with what the agent did in between')
    .option('--json', 'print them as JSON')
    .action(async (session: string, flags) => (await import('./history.ts')).sessionsHistory(host, session, flags));
  sessions
    .command('clear')
    .description('delete sessions with their messages; what runs in them is cancelled')
    .argument('[sessions...]', 'names, keys or ids')
    .option('--all', 'every session of the workspace')
    .option('--workspace <name>', 'the workspace that --all means', 'main')
    .option('-y, --yes', 'do not ask')
    .action(async (names: string[], flags) => (await import('./clear.ts')).sessionsClear(host, names, flags));
  sessions
    .command('export')
    .description('the whole history of a session, to read or to keep')
    .argument('[session]', 'a name, a key or an id', 'main')
    .addOption(new Option('-f, --format <format>', 'how it is written').choices(['markdown', 'json', 'jsonl']).default('markdown'))
    .option('-o, --output <file>', 'a file that does not exist yet, instead of standard output')
    .option('--force', 'the file may exist')
    .action(async (session: string, flags) => (await import('./export.ts')).sessionsExport(host, session, flags));
};
