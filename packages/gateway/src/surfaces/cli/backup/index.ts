import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw backup …` */
export const addBackupCommands = (program: Command, host: CliHost): void => {
  const backup = program.command('backup').description('copies of everything the gateway keeps');
  backup
    .command('create')
    .description('make a backup; the gateway may be running')
    .argument('[folder]', 'where to (default: a new folder below backups/ in the state directory)')
    .option('--json', 'print what was made as JSON')
    .action(async (folder: string | undefined, flags: { json?: boolean }) => (await import('./work.ts')).backupCreate(host, folder, flags));
  backup
    .command('restore')
    .description('put a backup back; the gateway must be stopped. What is there now is set aside, not deleted.')
    .argument('<folder>', 'a folder that "backup create" made')
    .option('--json', 'print what was restored as JSON')
    .action(async (folder: string, flags: { json?: boolean }) => (await import('./work.ts')).backupRestore(host, folder, flags));
};
