import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toSeconds } from '../kit/options.ts';

/** The commands that talk to the agent: `openclaw send`, `run` and `chat`. */
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
    .addHelpText('after', '\nExamples:\n  $ openclaw send "What is on today?"\n  $ git log -5 | openclaw send --session work "Summarise:"\n')
    .action(async (words: string[], flags) => (await import('./send.ts')).send(host, words, flags));
  program
    .command('run')
    .description('have the agent do one task in a session of its own')
    .argument('[task...]', 'the task; "-" or a pipe reads it from standard input, after what is given here')
    .option('-m, --model <name>', 'model for this task')
    .option('-l, --label <text>', 'what the list of sessions calls it')
    .option('-d, --directory <folder>', 'where it works: in the agent\'s own folder, or in one of tools.roots')
    .addOption(new Option('-t, --timeout <seconds>', 'the task is stopped after this long').argParser(toSeconds).default(600))
    .option('--json', 'print the whole result as JSON')
    .option('--stream', 'print the answer as it comes, also into a pipe')
    .addHelpText('after', '\nExamples:\n  $ openclaw run "Which of these lines is an error?" < build.log\n  $ openclaw run --json --model fast "Name three colours" | jq -r .text\n')
    .action(async (words: string[], flags) => (await import('./run.ts')).run(host, words, flags));
  program
    .command('chat')
    .description('talk with the agent on this terminal')
    .option('-s, --session <name>', 'session: a name, a key or an id', 'main')
    .option('-m, --model <name>', 'model for this conversation')
    .addHelpText('after', '\nExamples:\n  $ openclaw chat\n  $ openclaw chat --session work --model fast\n')
    .action(async (flags) => (await import('../chat/chat.ts')).chat(host, flags));
};
