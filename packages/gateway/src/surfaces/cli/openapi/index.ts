import type { Command } from 'commander';
import type { CliHost } from '../host.ts';

/** `openclaw openapi` */
export const addOpenApiCommand = (program: Command, host: CliHost): void => {
  program
    .command('openapi')
    .description('print the OpenAPI document of the API; no gateway need run')
    .option('--dialect <name>', 'of this flavour of the API only')
    .option('-o, --output <file>', 'write it into a file')
    .addHelpText('after', '\nExamples:\n  $ openclaw openapi > openapi.json\n  $ openclaw openapi --dialect messages-v1 -o messages-v1.json\n')
    .action(async (flags: { dialect?: string; output?: string }) => (await import('./work.ts')).openApi(host, flags));
};
