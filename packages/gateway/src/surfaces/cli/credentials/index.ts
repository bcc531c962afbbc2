import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount } from '../kit/options.ts';

const list = (text: string): readonly string[] => {
  const all = text.split(',').map((one) => one.trim()).filter((one) => one !== '');
  if (all.length === 0) throw new InvalidArgumentError('A list such as team,admins.');
  return all;
};

const PERMISSIONS_HELP = `
Permissions: messages:write messages:read sessions:read sessions:delete workspaces:read workspaces:write stats:read (a key has these
unless it names its own), skills:read skills:write config:read config:write metrics:read audit:read
`;

/** `openclaw api-key …` */
export const addApiKeyCommands = (program: Command, host: CliHost): void => {
  const keys = program
    .command('api-key')
    .description('keys for programs, bound to workspaces and permissions')
    .addHelpText('after', `${PERMISSIONS_HELP}\nExamples:\n  $ openclaw api-key create --label "My App" --workspaces team,admins\n  $ openclaw api-key create --label Analytics --permissions stats:read,sessions:read --rate-limit 30\n  $ openclaw api-key revoke "My App"\n`);
  const create = keys
    .command('create')
    .description('make a key; it is shown this once')
    .requiredOption('--label <name>', 'what it is called')
    .addOption(new Option('--permissions <list>', 'what it may do (default: what a key usually may)').argParser(list));
  addGrants(create).action(async (flags) => (await import('./create.ts')).createKey(host, flags));
  addManagement(keys, host, 'api-key');
  keys
    .command('rotate')
    .description('make a new key with the same name and rights, and end the old one')
    .argument('<key>', 'its name, its id, or the key')
    .option('--json', 'print it as JSON')
    .action(async (key: string, flags) => (await import('./create.ts')).rotateKey(host, key, flags));
};

/** `openclaw token …` */
export const addTokenCommands = (program: Command, host: CliHost): void => {
  const tokens = program
    .command('token')
    .description('tokens for people and scripts, with a scope')
    .addHelpText('after', '\nScopes: full (everything but keys and protected settings), read, execute (run tasks, change nothing)\n\nExamples:\n  $ claw token create --name "my-integration"\n  $ claw token create --name "dashboard" --scope read\n  $ claw token revoke --name "my-integration"\n');
  const create = tokens
    .command('create')
    .description('make a token; it is shown this once')
    .requiredOption('--name <name>', 'what it is called')
    .addOption(new Option('--scope <scope>', 'what it may do').choices(['full', 'read', 'execute']).default('full'));
  addGrants(create).action(async (flags) => (await import('./create.ts')).createToken(host, flags));
  addManagement(tokens, host, 'token');
};

/** What both kinds can be bound to. */
const addGrants = (command: Command): Command =>
  command
    .addOption(new Option('--workspaces <list>', 'where it may be used (default: everywhere)').argParser(list))
    .addOption(new Option('--rate-limit <requests>', 'requests a minute').argParser(toCount))
    .addOption(new Option('--tokens-per-day <tokens>', 'what its turns may use in a day').argParser(Number))
    .addOption(new Option('--usd-per-day <dollars>', 'what its turns may cost in a day').argParser(Number))
    .addOption(new Option('--addresses <list>', 'where it may come from, like 192.0.2.0/24').argParser(list))
    .addOption(new Option('--expires <when>', 'a date, or how long it holds: 90d, 12h'))
    .option('--json', 'print it as JSON');

const addManagement = (group: Command, host: CliHost, kind: 'api-key' | 'token'): void => {
  const what = kind === 'token' ? 'token' : 'key';
  group
    .command('list')
    .description(`the ${what}s, without their secrets`)
    .option('--revoked', 'with those that have ended')
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./list.ts')).listKeys(host, kind, flags));
  group
    .command('revoke')
    .description(`end a ${what} at once, with every connection it holds open`)
    .argument(`[${what}]`, `its name, its id, or the ${what}`)
    .option('--name <name>', 'the same')
    .option('--json', 'print it as JSON')
    .action(async (ref: string | undefined, flags) => (await import('./list.ts')).revokeKey(host, kind, ref, flags));
};
