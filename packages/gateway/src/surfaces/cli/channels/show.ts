import { named } from '@openclaw/client';
import type { ChannelSummary, channelStatus, listChannels, listSends, Send } from '@openclaw/contract';
import { facts } from '../kit/facts.ts';
import { ago } from '../kit/figures.ts';
import { table } from '../kit/table.ts';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import type { CliHost } from '../host.ts';

interface Flags {
  readonly json?: boolean;
}

const LIST = named<typeof listChannels>('channels.list');
const STATUS = named<typeof channelStatus>('channels.status');
const SENDS = named<typeof listSends>('channels.sends');
const PAGE = 200;

export const channelsList = async (host: CliHost, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const { channels } = await client.call(LIST, {});
  if (json) return writeJson({ channels });
  if (channels.length === 0) return void process.stderr.write("There is no channel yet. Try: openclaw channels add telegram --set botToken='${TELEGRAM_BOT_TOKEN}'\n");
  writeLines(table([{ title: 'CHANNEL' }, { title: 'STATE' }, { title: 'SINCE' }, { title: 'WORKSPACE' }, { title: 'DIRECT' }, { title: 'GROUPS' }, { title: 'WHY', flexible: true }], channels.map(toRow), width()));
};

const toRow = ({ name, state, since, workspace, dmPolicy, groupPolicy, error }: ChannelSummary): readonly string[] => [name, state, ago(since), workspace, dmPolicy, groupPolicy, error ?? ''];

export const channelsStatus = async (host: CliHost, channel: string, { json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  const details = await client.call(STATUS, { channel });
  if (json) return writeJson(details);
  const { name, state, since, error, workspace, dmPolicy, groupPolicy, waiting, refused, pairings } = details;
  process.stdout.write(
    facts([
      ['Channel', name],
      ['State', `${state}, ${ago(since)}`],
      ['Why', error === null ? undefined : plainLine(error)],
      ['Workspace', workspace],
      ['Direct', dmPolicy],
      ['Groups', groupPolicy],
      ['To be sent', waiting],
      ['Wait to pair', pairings],
      ['Not let in', refused.map(({ reason, count }) => `${count} ${reason}`).join(', ') || 'nothing within a day'],
    ]),
  );
};

interface SendFlags extends Flags {
  readonly channel?: string;
  readonly ambiguous?: boolean;
  readonly state?: Send['state'];
  readonly limit: number;
}

export const channelsSends = async (host: CliHost, { json = false, channel, ambiguous = false, state, limit }: SendFlags): Promise<void> => {
  const { client } = await host.connect();
  const sends: Send[] = [];
  let total = 0;
  while (sends.length < limit) {
    const page = await client.call(SENDS, { limit: Math.min(PAGE, limit - sends.length), offset: sends.length, ambiguous, ...(channel !== undefined && { channel }), ...(state && { states: [state] }) });
    sends.push(...page.sends);
    total = page.total;
    if (page.sends.length === 0 || sends.length >= total) break;
  }
  if (json) return writeJson({ sends, total });
  if (sends.length === 0) return void process.stderr.write('There is no such message\n');
  writeLines(table([{ title: 'MADE' }, { title: 'CHANNEL' }, { title: 'TO' }, { title: 'STATE' }, { title: 'DOUBTS', align: 'right' }, { title: 'TEXT', flexible: true }, { title: 'WHY' }], sends.map(toSendRow), width()));
};

const toSendRow = ({ createdAt, channel, to, state, doubts, text, files, error }: Send): readonly string[] => [
  ago(createdAt), channel, to, state, String(doubts), [text.slice(0, 80), ...files.map(({ name }) => `[${name}]`)].filter((part) => part !== '').join(' '), error ?? '',
];

const width = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);
