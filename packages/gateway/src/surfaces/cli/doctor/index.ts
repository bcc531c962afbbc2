import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw doctor` */
export const addDoctorCommand = (program: Command, host: CliHost): void => {
  program
    .command('doctor')
    .description('look for what is wrong, and say how to mend it; the exit code is 1 where something is')
    .option('--fix', 'mend what is safe to mend: permissions of files')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw doctor\n  $ openclaw doctor --fix\n')
    .action(async (flags: { fix?: boolean; json?: boolean }) => (await import('./work.ts')).doctor(host, flags));
};
