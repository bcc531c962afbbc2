import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toSeconds } from '../kit/options.ts';

/** The commands that talk to the agent: `openclaw send`. */
export const addTalkCommands = (program: Command, host: CliHost): void => {
  program
    .command('send')
    .description('give the agent a message and print its answer')
    .argument('[text...]', 'the message; "-" or a pipe reads it from standard input, after what is given here')
    .option('-s, --session <name>', 'session: a name, a key or an id', 'main')
    .option('-m, --model <name>', 'model for this message')
    .option('--no-memory', 'the agent sees this message only')
    .addOption(new Option('-t, --timeout <seconds>', 'how long to wait').argParser(toSeconds).default(600))
    .option('--json', 'print the whole reply as JSON')
    .option('--stream', 'print the answer as it comes, also into a pipe')
    .action(async (words: string[], flags) => (await import('./send.ts')).send(host, words, flags));
};
