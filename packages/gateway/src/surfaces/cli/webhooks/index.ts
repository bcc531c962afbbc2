import { type Command, Option } from 'commander';
import { toCount } from '../kit/options.ts';
import type { CliHost } from '../host.ts';

const list = (text: string): readonly string[] => text.split(',').map((one) => one.trim()).filter((one) => one !== '');

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** `openclaw webhooks …` */
export const addWebhooksCommands = (program: Command, host: CliHost): void => {
  const webhooks = program
    .command('webhooks')
    .description('who is told of what happens, and what became of the telling')
    .addHelpText(
      'after',
      '\nExamples:\n  $ openclaw webhooks add https://app.example/hook --events task.completed,task.failed\n  $ openclaw webhooks test wh_…\n  $ openclaw webhooks deliveries wh_… --state failed\n  $ openclaw webhooks replay wh_… --since 2h\n',
    );
  const settings = (command: Command): Command =>
    command
      .option('--name <text>', 'what people call it')
      .addOption(new Option('--events <names>', 'names of events, with commas between them; task.*; *').argParser(list))
      .addOption(new Option('--header <name: value>', 'sent with each delivery; may be given several times').argParser(collect))
      .option('--filter <json>', 'fields and what they must be equal to, such as \'{"channel": "telegram"}\'')
      .option('--transform <json>', 'what is sent instead, such as \'{"text": "{{event.result}}"}\'')
      .addOption(new Option('--ordering <order>', 'one after the other: all, or those of a session').choices(['none', 'session', 'fifo']))
      .addOption(new Option('--signature <style>', 'of X-OpenClaw-Signature').choices(['prefixed', 'bare']))
      .addOption(new Option('--retries <count>', 'tries after the first').argParser(toCount))
      .addOption(new Option('--timeout-ms <ms>', 'how long an endpoint may take to answer').argParser(toCount))
      .addOption(new Option('--concurrency <count>', 'how many are on their way at a time').argParser(toCount))
      .option('--json', 'print it as JSON');
  const one = (name: string, about: string): Command => webhooks.command(name).description(about).argument('<webhook>', 'its id');

  webhooks
    .command('list')
    .description('the webhooks there are; + is in use, - is switched off, ! fails')
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./show.ts')).webhooksList(host, flags));
  one('show', 'one webhook').option('--json', 'print it as JSON').action(async (id: string, flags) => (await import('./show.ts')).webhooksShow(host, id, flags));
  settings(webhooks.command('add').description('have events sent to a URL').argument('<url>'))
    .option('--secret <text>', 'to sign with; without one, one is made and shown once')
    .option('--workspace <workspace>', 'only what happens there')
    .action(async (url: string, flags) => (await import('./change.ts')).webhooksAdd(host, url, flags));
  settings(one('update', 'change what is named'))
    .option('--url <url>', 'where to')
    .action(async (id: string, flags) => (await import('./change.ts')).webhooksUpdate(host, id, flags));
  one('enable', 'switch it on; what waited goes on').option('--json', 'print it as JSON').action(async (id: string, flags) => (await import('./change.ts')).webhooksSwitch(host, id, true, flags));
  one('disable', 'switch it off; nothing is sent meanwhile').option('--json', 'print it as JSON').action(async (id: string, flags) => (await import('./change.ts')).webhooksSwitch(host, id, false, flags));
  one('remove', 'take it away with its deliveries').option('--json', 'print the answer as JSON').action(async (id: string, flags) => (await import('./change.ts')).webhooksRemove(host, id, flags));
  one('test', 'send a test now and show what is answered').option('--json', 'print it as JSON').action(async (id: string, flags) => (await import('./deliveries.ts')).webhooksTest(host, id, flags));
  one('rotate', 'a new secret; the old one holds for 24 hours more')
    .option('--secret <text>', 'this one')
    .option('--json', 'print it as JSON')
    .action(async (id: string, flags) => (await import('./change.ts')).webhooksRotate(host, id, flags));
  one('deliveries', 'what it was sent, the newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'failed', 'filtered']))
    .addOption(new Option('--limit <count>', 'how many').argParser(toCount).default(20))
    .option('--json', 'print them as JSON')
    .action(async (id: string, flags) => (await import('./deliveries.ts')).webhooksDeliveries(host, id, flags));
  one('replay', 'send again: one delivery, or all since a time that it has not got')
    .argument('[delivery]', 'the id of one')
    .option('--since <time>', 'a time (2027-01-31T10:00Z), or how long ago (30m, 2h, 3d)')
    .option('--delivered', 'with --since: what it got, too')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, delivery: string | undefined, flags) => (await import('./deliveries.ts')).webhooksReplay(host, id, delivery, flags));
};
