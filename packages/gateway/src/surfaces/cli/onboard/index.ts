import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw onboard` */
export const addOnboardCommand = (program: Command, host: CliHost): void => {
  program
    .command('onboard')
    .description('choose the model that answers, try it, and write it into the configuration')
    .option('--provider <name>', 'anthropic, openai, google, … ; demo; or any name together with --base-url')
    .option('--api-key <key>', 'its key; "-" reads it from standard input, where no list of processes shows it')
    .option('--model <name>', 'the model, without the provider')
    .option('--base-url <url>', 'an endpoint that speaks OpenAI\'s wire, or another address of the provider')
    .option('--skip-test', 'do not ask the model for an answer first')
    .option('-y, --yes', 'ask nothing')
    .addHelpText('after', '\nExamples:\n  $ openclaw onboard\n  $ openclaw onboard --provider anthropic --yes                      (its key is in ANTHROPIC_API_KEY)\n  $ openclaw onboard --provider openai --api-key - --yes < key.txt\n  $ openclaw onboard --provider lab --base-url http://10.0.0.5:8000/v1 --model qwen3 --yes\n')
    .action(async (flags) => (await import('./onboard.ts')).onboard(host, flags));
};
