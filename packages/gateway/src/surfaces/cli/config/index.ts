import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw config …` */
export const addConfigCommands = (program: Command, host: CliHost): void => {
  const config = program
    .command('config')
    .description('what the gateway is told in its configuration file')
    .addHelpText('after', '\nExamples:\n  $ openclaw config set gateway.token your-secret-token\n  $ openclaw config get models\n  $ openclaw config validate\n');
  config
    .command('get')
    .description('print the configuration, or one value of it')
    .argument('[path]', 'a key such as gateway.port or agents.list[0].id')
    .option('--show-secrets', 'print tokens and keys as they are')
    .option('--json', 'print text with its quotes as well')
    .action(async (path: string | undefined, flags) => (await import('./work.ts')).configGet(host, path, flags));
  config
    .command('set')
    .description('set one value; comments and the order of the file stay')
    .argument('<path>', 'a key such as gateway.port or models.aliases."gpt-4.1"')
    .argument('<value>', 'JSON5 where it is that, else text; "-" reads it from standard input, where no list of processes shows it')
    .option('--string', 'the value is text, whatever it looks like')
    .addHelpText('after', '\nExamples:\n  $ openclaw config set gateway.port 18789\n  $ openclaw config set tools.deny \'["read_file"]\'\n  $ openclaw config set models.providers.openai.apiKey \'${OPENAI_API_KEY}\'\n')
    .action(async (path: string, value: string, flags) => (await import('./work.ts')).configSet(host, { path, value }, flags));
  config
    .command('unset')
    .description('take one key out of the file, so that its default counts')
    .argument('<path>', 'a key such as limits.maxCostPerTurnUSD')
    .action(async (path: string) => (await import('./work.ts')).configUnset(host, path));
  config
    .command('validate')
    .description('say whether a gateway can start with the file, and which keys nobody knows')
    .option('--json', 'print the verdict as JSON')
    .action(async (flags) => (await import('./work.ts')).configValidate(host, flags));
  config
    .command('path')
    .description('print where the file is, or would be')
    .action(async () => (await import('./work.ts')).configPath(host));
  config
    .command('edit')
    .description('open a copy in $VISUAL or $EDITOR; it takes the file\'s place when it is sound')
    .action(async () => (await import('./edit.ts')).configEdit(host));
};
