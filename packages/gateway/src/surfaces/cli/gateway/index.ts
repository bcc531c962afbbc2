import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toPort } from '../kit/options.ts';
import type { RunFlags } from './gateway-host.ts';

/** `openclaw gateway …` */
export const addGatewayCommands = (program: Command, host: CliHost): void => {
  const gateway = program.command('gateway').description('the gateway itself');
  withRunFlags(gateway.command('run'))
    .description('run the gateway in the foreground')
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway run\n  $ openclaw gateway run --port 19000 --api-port off\n')
    .action((flags: GivenFlags) => host.runGateway(toRunFlags(flags)));
  withRunFlags(gateway.command('start'))
    .description('start the gateway in the background, and wait until it is ready')
    .option('--json', 'print what was started as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway start\n  $ openclaw gateway start --port 19000\n')
    .action(async ({ json, ...flags }: GivenFlags & Json) => (await import('./work.ts')).start(host, toRunFlags(flags), { json }));
  gateway
    .command('stop')
    .description('stop the gateway, and wait until it has ended')
    .option('--force', 'kill it if it has not ended after 15 seconds')
    .option('--json', 'print what was stopped as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway stop\n  $ openclaw gateway stop --force\n')
    .action(async (flags: Json & { force?: boolean }) => (await import('./work.ts')).stop(host, flags));
  withRunFlags(gateway.command('restart'))
    .description('stop the gateway and start it again, with the flags it had where none are given')
    .option('--force', 'kill it if it has not ended after 15 seconds')
    .option('--json', 'print what was started as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway restart\n  $ openclaw gateway restart --port 19000\n')
    .action(async ({ json, force, ...flags }: GivenFlags & Json & { force?: boolean }) => (await import('./work.ts')).restart(host, toRunFlags(flags), { json, force }));
  gateway
    .command('status')
    .description('whether the gateway of this machine runs; the exit code is 3 where it does not')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway status\n  $ openclaw gateway status --json\n')
    .action(async (flags: Json) => (await import('./work.ts')).status(host, flags));
  addServiceCommands(gateway, host);
};

const addServiceCommands = (gateway: Command, host: CliHost): void => {
  gateway
    .command('install')
    .description('have this machine run the gateway by itself: a user unit of systemd, or a launch agent on macOS')
    .option('--print', 'print the file and write nothing')
    .addHelpText('after', '\nExamples:\n  $ openclaw gateway install\n  $ openclaw gateway install --print\n')
    .action(async (flags: { print?: boolean }) => (await import('./install.ts')).install(host, flags));
  gateway
    .command('uninstall')
    .description('take that file away again')
    .option('--print', 'print what would be removed and remove nothing')
    .addHelpText('after', '\nExample:\n  $ openclaw gateway uninstall\n')
    .action(async (flags: { print?: boolean }) => (await import('./install.ts')).uninstall(host, flags));
};

interface Json {
  readonly json?: boolean | undefined;
}

interface GivenFlags {
  readonly port?: number;
  readonly apiPort?: number | 'off';
  readonly host?: string;
}

const withRunFlags = (command: Command): Command =>
  command
    .addOption(new Option('--port <number>', 'gateway port instead of gateway.port').argParser(toPort))
    .addOption(new Option('--api-port <number>', 'second port instead of api.port; "off" for none').argParser(toApiPort))
    .option('--host <address>', 'address to listen on instead of gateway.host');

const toRunFlags = ({ apiPort, ...flags }: GivenFlags): RunFlags => ({ ...flags, ...(apiPort !== undefined && { apiPort: apiPort === 'off' ? null : apiPort }) });

const toApiPort = (text: string): number | 'off' => (text === 'off' ? text : toPort(text));
