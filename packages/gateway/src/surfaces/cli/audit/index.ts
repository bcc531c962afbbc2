import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount } from '../kit/options.ts';

const toMoment = (text: string): string => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('A date such as 2027-01-31, or a moment such as 2027-01-31T18:00:00Z.');
  return new Date(at).toISOString();
};

const toHash = (text: string): string => {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('The head that an earlier "openclaw audit verify" printed: 64 hexadecimal digits.');
  return text;
};

/** `openclaw audit …` */
export const addAuditCommands = (program: Command, host: CliHost): void => {
  const audit = program
    .command('audit')
    .description('who did what, in a log that shows where it was tampered with')
    .addHelpText('after', '\nExamples:\n  $ openclaw audit list --outcome forbidden\n  $ openclaw audit list --operation config.patch --from 2027-01-01\n  $ openclaw audit verify\n');
  audit
    .command('list')
    .description('the newest entries')
    .option('--caller <id>', 'only by this credential')
    .option('--operation <name>', 'only this, such as credentials.create')
    .option('--outcome <outcome>', 'only with this end: ok, forbidden, auth_invalid, …')
    .addOption(new Option('--from <when>', 'not before').argParser(toMoment))
    .addOption(new Option('--to <when>', 'before').argParser(toMoment))
    .addOption(new Option('--limit <count>', 'how many').argParser(toCount).default(50))
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./list.ts')).auditList(host, flags));
  audit
    .command('verify')
    .description('follow the chain from the first entry to the last; also while no gateway runs')
    .addOption(new Option('--expect <head>', 'a head noted earlier must still be in it').argParser(toHash))
    .option('--json', 'print the verdict as JSON')
    .action(async (flags) => (await import('./verify.ts')).auditVerify(host, flags));
};
