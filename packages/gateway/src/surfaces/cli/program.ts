import { Command, InvalidArgumentError, Option } from 'commander';
import { backupCreate, backupRestore } from './backup.ts';
import type { CliHost } from './host.ts';
import { send } from './send.ts';

/** The command line: `openclaw` and `claw` are the same program. */
export const createProgram = (host: CliHost): Command => {
  const program = new Command('openclaw')
    .description('Keeps your AI agent running and reachable.')
    .version(host.version, '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(openclaw --help shows what there is)')
    .enablePositionalOptions()
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway run\n  $ openclaw send "What is on today?"\n  $ git log -5 | openclaw send --session work "Summarise:"\n');

  const gateway = program.command('gateway').description('the gateway itself');
  gateway
    .command('run')
    .description('run the gateway in the foreground')
    .addOption(new Option('--port <number>', 'gateway port instead of gateway.port').argParser(toPort))
    .addOption(new Option('--api-port <number>', 'second port instead of api.port; "off" for none').argParser(toApiPort))
    .option('--host <address>', 'address to listen on instead of gateway.host')
    .action(({ apiPort, ...flags }: { port?: number; apiPort?: number | 'off'; host?: string }) =>
      host.runGateway({ ...flags, ...(apiPort !== undefined && { apiPort: apiPort === 'off' ? null : apiPort }) }));

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
    .action((words: string[], flags) => send(host, words, flags));

  const backup = program.command('backup').description('copies of everything the gateway keeps');
  backup
    .command('create')
    .description('make a backup; the gateway may be running')
    .argument('[folder]', 'where to (default: a new folder below backups/ in the state directory)')
    .option('--json', 'print what was made as JSON')
    .action((folder: string | undefined, flags: { json?: boolean }) => backupCreate(host, folder, flags));
  backup
    .command('restore')
    .description('put a backup back; the gateway must be stopped. What is there now is set aside, not deleted.')
    .argument('<folder>', 'a folder that "backup create" made')
    .option('--json', 'print what was restored as JSON')
    .action((folder: string, flags: { json?: boolean }) => backupRestore(host, folder, flags));
  return program;
};

const toPort = (text: string): number => {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
};

const toApiPort = (text: string): number | 'off' => (text === 'off' ? text : toPort(text));

const toSeconds = (text: string): number => {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) throw new InvalidArgumentError('A number of seconds, up to 86400.');
  return seconds;
};
