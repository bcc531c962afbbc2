import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';

const list = (text: string): readonly string[] => text.split(',').map((one) => one.trim()).filter((one) => one !== '');

/** `openclaw workspaces …` */
export const addWorkspacesCommands = (program: Command, host: CliHost): void => {
  const workspaces = program
    .command('workspaces')
    .description('teams, projects, customers: each with sessions, files, rights and limits of its own')
    .addHelpText('after', '\nExamples:\n  $ openclaw workspaces create new-team --label "New Team" --agent balanced\n  $ openclaw workspaces allow team telegram:123456789\n  $ openclaw workspaces delete old-team\n');
  const settings = (command: Command): Command =>
    command
      .option('--label <text>', 'what people call it')
      .option('--agent <profile>', 'fast, balanced, powerful, or an agent of the configuration')
      .addOption(new Option('--skills <list>', 'the skills its agent is shown').argParser(list))
      .addOption(new Option('--tokens-per-day <tokens>', 'what its turns may use in a day').argParser(Number))
      .addOption(new Option('--usd-per-day <dollars>', 'what its turns may cost in a day').argParser(Number))
      .option('--json', 'print it as JSON');
  workspaces
    .command('list')
    .description('the workspaces there are')
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./show.ts')).workspacesList(host, flags));
  workspaces
    .command('show')
    .description('one workspace')
    .argument('<workspace>')
    .option('--json', 'print it as JSON')
    .action(async (id: string, flags) => (await import('./show.ts')).workspacesShow(host, id, flags));
  settings(workspaces.command('create').description('make a workspace').argument('<workspace>', 'its name: small letters, digits, dot, dash, underscore')).action(
    async (id: string, flags) => (await import('./change.ts')).workspacesCreate(host, id, flags),
  );
  settings(workspaces.command('update').description('change what is named').argument('<workspace>')).action(
    async (id: string, flags) => (await import('./change.ts')).workspacesUpdate(host, id, flags),
  );
  workspaces
    .command('allow')
    .description('let people write by way of a channel')
    .argument('<workspace>')
    .argument('<senders...>', 'like telegram:123456789')
    .option('--json', 'print the workspace as JSON')
    .action(async (id: string, senders: string[], flags) => (await import('./change.ts')).workspacesAllow(host, id, { add: senders }, flags));
  workspaces
    .command('deny')
    .description('take them from the list again')
    .argument('<workspace>')
    .argument('<senders...>')
    .option('--json', 'print the workspace as JSON')
    .action(async (id: string, senders: string[], flags) => (await import('./change.ts')).workspacesAllow(host, id, { remove: senders }, flags));
  workspaces
    .command('delete')
    .description('delete a workspace with its sessions and files')
    .argument('<workspace>')
    .option('-y, --yes', 'do not ask')
    .action(async (id: string, flags) => (await import('./change.ts')).workspacesDelete(host, id, flags));
};
