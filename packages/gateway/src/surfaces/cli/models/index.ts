import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw models …` */
export const addModelsCommands = (program: Command, host: CliHost): void => {
  const models = program
    .command('models')
    .description('the models the gateway can ask')
    .addHelpText('after', '\nExamples:\n  $ openclaw models list\n  $ openclaw models test anthropic/claude-sonnet-4-5\n');
  models
    .command('list')
    .description('every provider with the models it offers now; * marks the one that answers')
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./work.ts')).modelsList(host, flags));
  models
    .command('test')
    .description('ask a model for one short answer; ends with 1 where it gives none')
    .argument('[model]', 'provider/name or an alias (default: the one that answers)')
    .option('--json', 'print the answer with its figures as JSON')
    .action(async (model: string | undefined, flags) => (await import('./work.ts')).modelsTest(host, model, flags));
};
