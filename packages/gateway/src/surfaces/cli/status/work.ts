import { type Client, named, Unreachable } from '@openclaw/client';
import type { getStatus, OutputOf, Status, usageToday } from '@openclaw/contract';
import { CliError, type CliHost } from '../host.ts';
import { NOT_RUNNING } from '../kit/exit-codes.ts';
import { duration, facts, json } from '../kit/facts.ts';
import { grouped } from '../kit/figures.ts';
import { paint } from '../kit/paint.ts';

const STATUS = named<typeof getStatus>('status.get');
const USAGE = named<typeof usageToday>('usage.today');

type UsageToday = OutputOf<typeof usageToday>;

/** `openclaw status`: one look at the gateway this command line talks to. */
export const status = async (host: CliHost, flags: { readonly json?: boolean }): Promise<void> => {
  const { client, url } = await host.connect();
  const [told, usage] = await ask(client, url);
  process.stdout.write(flags.json ? json({ status: told, usage, url }) : table(told, usage, url));
};

const PATIENCE_MS = 5_000;

const ask = async (client: Client, url: string): Promise<readonly [Status, UsageToday]> => {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    return await Promise.all([client.call(STATUS, {}, { signal }), client.call(USAGE, {}, { signal })]);
  } catch (thrown) {
    if (signal.aborted) throw new CliError(`The gateway at ${url} gives no answer. If it is this machine's: openclaw gateway restart --force`);
    if (!(thrown instanceof Unreachable)) throw thrown;
    const elsewhere = process.env['OPENCLAW_URL'];
    throw new CliError(elsewhere ? `No gateway answers at ${url} (OPENCLAW_URL)` : 'The gateway is not running. Start it with: openclaw gateway start', NOT_RUNNING);
  }
};

const table = (told: Status, usage: UsageToday, url: string): string => {
  const { agent, model, store, uptime, sessions, turns, channels, memoryMB, version } = told;
  return `${paint('bold', `OpenClaw ${version}`)} at ${url}\n\n${facts([
    ['Agent', agent],
    ['Model', model],
    ['Store', store],
    ['Uptime', duration(uptime)],
    ['Sessions', sessions],
    ['Turns', `${turns.running} running, ${turns.queued} queued`],
    ['Channels', Object.entries(channels).map(([name, state]) => `${name} ${state}`).join(', ') || undefined],
    ['Today', `${tokens(usage)}, ${cost(usage)}`],
    ['Memory', `${memoryMB} MB`],
  ])}`;
};

const tokens = ({ usage: { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } }: UsageToday): string =>
  `${grouped(inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens)} tokens`;

const cost = ({ usage: { costUSD } }: UsageToday): string => {
  if (costUSD === null) return 'cost unknown';
  return costUSD > 0 && costUSD < 0.01 ? 'less than $0.01' : `$${costUSD.toFixed(2)}`;
};
