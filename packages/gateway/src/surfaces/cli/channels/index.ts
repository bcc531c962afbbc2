import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount } from '../kit/options.ts';

const CHANNEL = 'its name, with the account where it has several: telegram, telegram/work';
const collect = (one: string, before: readonly string[]): readonly string[] => [...before, one];

/** `openclaw channels …` */
export const addChannelsCommands = (program: Command, host: CliHost): void => {
  const channels = program
    .command('channels')
    .description('ways to write to the agent by chat')
    .addHelpText('after', '\nExamples:\n  $ openclaw channels add telegram --set botToken=\'${TELEGRAM_BOT_TOKEN}\'\n  $ openclaw channels pair approve ABCD2345\n  $ openclaw channels test telegram 123456789\n  $ openclaw channels sends --ambiguous\n');
  channels
    .command('list')
    .description('the channels there are, and how each is')
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./show.ts')).channelsList(host, flags));
  channels
    .command('status')
    .description('one channel: how it is, what waits, and what was not let in')
    .argument('<channel>', CHANNEL)
    .option('--json', 'print it as JSON')
    .action(async (channel: string, flags) => (await import('./show.ts')).channelsStatus(host, channel, flags));
  channels
    .command('add')
    .description('put a channel into the configuration')
    .argument('<channel>', CHANNEL)
    .addOption(new Option('--set <key=value>', 'a key of the channel and its value, as often as needed; "-" reads the value from standard input').argParser(collect).default([], 'none'))
    .action(async (channel: string, flags) => (await import('./change.ts')).channelsAdd(host, channel, flags));
  channels
    .command('remove')
    .description('take a channel out of the configuration')
    .argument('<channel>', CHANNEL)
    .option('-y, --yes', 'do not ask')
    .action(async (channel: string, flags) => (await import('./change.ts')).channelsRemove(host, channel, flags));
  channels
    .command('test')
    .description('send a short message that says that it is a test')
    .argument('<channel>', CHANNEL)
    .argument('<to>', 'the conversation, as the channel names it')
    .option('--thread <id>', 'a thread of it')
    .option('--json', 'print what came of it as JSON')
    .action(async (channel: string, to: string, flags) => (await import('./send.ts')).channelsTest(host, { channel, to }, flags));
  channels
    .command('send')
    .description('send a message, past the agent')
    .argument('<channel>', CHANNEL)
    .argument('<to>', 'the conversation, as the channel names it')
    .argument('[words...]', 'what it says')
    .addOption(new Option('--file <path>', 'a file to go with it, up to five times').argParser(collect).default([], 'none'))
    .option('--thread <id>', 'a thread of it')
    .option('--json', 'print what came of it as JSON')
    .action(async (channel: string, to: string, words: string[], flags) => (await import('./send.ts')).channelsSend(host, { channel, to }, { ...flags, text: words.join(' ') }));
  channels
    .command('sends')
    .description('what was sent, and what came of it')
    .option('--channel <name>', 'only through this one')
    .option('--ambiguous', 'only what may have arrived twice, or not at all')
    .addOption(new Option('--state <state>', 'only these').choices(['draft', 'queued', 'sending', 'sent', 'failed', 'ambiguous']))
    .addOption(new Option('-n, --limit <number>', 'as many at most').argParser(toCount).default(20))
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./show.ts')).channelsSends(host, flags));
  addPairCommands(channels, host);
};

const addPairCommands = (channels: Command, host: CliHost): void => {
  const pair = channels.command('pair').description('people who write and are not known yet');
  pair
    .command('list')
    .description('who waits to be let in')
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./pair.ts')).pairList(host, flags));
  pair
    .command('approve')
    .description('let somebody in who has shown you their code')
    .argument('<code>', 'what the channel told them: eight letters and digits')
    .option('--json', 'print it as JSON')
    .action(async (code: string, flags) => (await import('./pair.ts')).pairDecide(host, 'approve', code, flags));
  pair
    .command('deny')
    .description('let nobody in with this code')
    .argument('<code>')
    .option('--json', 'print it as JSON')
    .action(async (code: string, flags) => (await import('./pair.ts')).pairDecide(host, 'deny', code, flags));
};
