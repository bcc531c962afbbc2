import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toPort } from '../kit/options.ts';

/** `openclaw gateway …` */
export const addGatewayCommands = (program: Command, host: CliHost): void => {
  const gateway = program.command('gateway').description('the gateway itself');
  gateway
    .command('run')
    .description('run the gateway in the foreground')
    .addOption(new Option('--port <number>', 'gateway port instead of gateway.port').argParser(toPort))
    .addOption(new Option('--api-port <number>', 'second port instead of api.port; "off" for none').argParser(toApiPort))
    .option('--host <address>', 'address to listen on instead of gateway.host')
    .action(({ apiPort, ...flags }: { port?: number; apiPort?: number | 'off'; host?: string }) =>
      host.runGateway({ ...flags, ...(apiPort !== undefined && { apiPort: apiPort === 'off' ? null : apiPort }) }));
};

const toApiPort = (text: string): number | 'off' => (text === 'off' ? text : toPort(text));
