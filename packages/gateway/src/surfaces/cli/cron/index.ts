import { type Command, Option } from 'commander';
import type { CliHost } from '../host.ts';
import { toCount, toSeconds } from '../kit/options.ts';

/** `openclaw cron …` */
export const addCronCommands = (program: Command, host: CliHost): void => {
  const cron = program
    .command('cron')
    .description('what the agent does at its time, once or again and again')
    .addHelpText(
      'after',
      '\nExamples:\n  $ openclaw cron add --name "Morning briefing" --cron "0 8 * * *" --tz Asia/Hong_Kong --message "Check email, calendar and weather"\n'
        + '  $ openclaw cron add --at 20m --event "The tea is ready"\n  $ openclaw cron add --every 2h --message "Look at the build" --session work\n  $ openclaw cron list\n  $ openclaw cron runs cron_abc123\n',
    );
  cron
    .command('list')
    .description('the jobs, the one that is due first before the others')
    .option('--enabled', 'only those that are switched on')
    .option('--workspace <name>', 'only those of this workspace')
    .addOption(new Option('-n, --limit <number>', 'as many at most').argParser(toCount).default(50))
    .option('--json', 'print them as JSON')
    .action(async (flags) => (await import('./list.ts')).cronList(host, flags));
  describing(cron.command('add').description('add a job; it acts on behalf of whoever adds it'))
    .option('--workspace <name>', 'the workspace it belongs to')
    .option('--disabled', 'add it switched off')
    .action(async (flags) => (await import('./add.ts')).cronAdd(host, flags));
  cron
    .command('show')
    .description('one job: when, what, for whom, and what came of the last time')
    .argument('<job>', 'its id')
    .option('--json', 'print it as JSON')
    .action(async (job: string, flags) => (await import('./show.ts')).cronShow(host, job, flags));
  describing(cron.command('update').description('change what is named of a job').argument('<job>', 'its id')).action(async (job: string, flags) =>
    (await import('./add.ts')).cronUpdate(host, job, flags),
  );
  cron
    .command('enable')
    .description('switch a job on: it goes on with its next time')
    .argument('<job>', 'its id')
    .option('--json', 'print it as JSON')
    .action(async (job: string, flags) => (await import('./change.ts')).cronSwitch(host, job, true, flags));
  cron
    .command('disable')
    .description('switch a job off; it stays where it is')
    .argument('<job>', 'its id')
    .option('--json', 'print it as JSON')
    .action(async (job: string, flags) => (await import('./change.ts')).cronSwitch(host, job, false, flags));
  cron
    .command('run')
    .description('run a job now, besides its times')
    .argument('<job>', 'its id')
    .option('--due', 'only where it is due anyway')
    .option('--json', 'print what came of it as JSON')
    .action(async (job: string, flags) => (await import('./change.ts')).cronRun(host, job, flags));
  cron
    .command('runs')
    .description('what became of the times at which jobs were due, the newest first')
    .argument('[job]', 'only of this one')
    .addOption(new Option('--state <state>', 'only these').choices(['running', 'ran', 'failed', 'caught_up', 'skipped']))
    .addOption(new Option('-n, --limit <number>', 'as many at most').argParser(toCount).default(20))
    .option('--json', 'print them as JSON')
    .action(async (job: string | undefined, flags) => (await import('./runs.ts')).cronRuns(host, job, flags));
  cron
    .command('remove')
    .alias('rm')
    .description('take jobs from the schedule; what they did stays in the records')
    .argument('<jobs...>', 'their ids')
    .action(async (jobs: string[]) => (await import('./change.ts')).cronRemove(host, jobs));
  cron
    .command('next')
    .description('the next times of an expression, or of a job')
    .argument('<expression>', 'an expression in quotes, a length of time such as 2h, or the id of a job')
    .option('--tz <zone>', 'the time zone of an expression; without one, that of the agent')
    .addOption(new Option('-n, --count <number>', 'as many').argParser(toCount).default(5))
    .option('--json', 'print them as JSON')
    .action(async (expression: string, flags) => (await import('./next.ts')).cronNext(host, expression, flags));
};

/** What a job is described with, when it is made and when it is changed. */
const describing = (command: Command): Command =>
  command
    .option('--name <name>', 'what it is called')
    .option('--description <text>', 'what it is for')
    .option('-c, --cron <expression>', 'when: five fields, six with seconds before them, or a word such as @daily')
    .option('--at <when>', 'once: a moment (2026-03-02T09:00), or how long from now (20m)')
    .option('--every <length>', 'again and again: 30s, 20m, 2h')
    .option('--tz <zone>', 'the time zone of --cron and --at, such as Europe/Berlin')
    .option('-m, --message <text>', 'what the agent is asked')
    .option('--event <text>', 'what the agent is told in its main session')
    .option('--isolated', 'as a task in a session of its own each time; that is usual for --message')
    .option('--main', 'in the main session; that is usual for --event')
    .option('-s, --session <name>', 'in this session: a name, a key or an id')
    .option('--model <name>', 'model for --message')
    .addOption(new Option('-t, --timeout <seconds>', 'a run is stopped after this long').argParser(toSeconds))
    .option('--next-heartbeat', 'an --event waits until the heart of the agent beats next')
    .option('--announce <channel>', 'the answer goes to this channel, too; last is where you wrote from last')
    .option('--to <conversation>', 'where in the channel')
    .option('--webhook <url>', 'each end of a run is told to this address, signed')
    .option('--webhook-secret <text>', 'to sign with; without one, one is made and shown once')
    .option('--delete-after-run', 'it goes when it has run; usual for --at')
    .option('--keep-after-run', 'it stays when it has run')
    .option('--agent <name>', 'whose session and folder it is')
    .option('--json', 'print the job as JSON');
