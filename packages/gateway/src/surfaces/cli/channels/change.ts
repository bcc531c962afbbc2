import { text as readAll } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { named } from '@openclaw/client';
import type { channelStatus } from '@openclaw/contract';
import { GatewayError } from '@openclaw/contract/errors';
import { canAsk, confirm, plainLine, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

const STATUS = named<typeof channelStatus>('channels.status');
/** A running gateway follows its file within a second; a busy machine takes longer. */
const PATIENCE_MS = 5_000;
const NAME = /^([a-z0-9][a-z0-9-]{0,40})(?:\/([a-z0-9][\w-]{0,40}))?$/i;

/** Where a channel, or one account of it, stands in the configuration. */
const placeOf = (channel: string): string => {
  const [, name, account] = NAME.exec(channel) ?? [];
  if (name === undefined) throw new CliError(`${plainLine(channel)} cannot be the name of a channel: letters, digits and dashes, and perhaps an account behind a slash`, 2);
  return account === undefined ? `channels.${name}` : `channels.${name}.accounts.${account}`;
};

/** A key a time, so that what a value may be is checked where it stands. */
export const channelsAdd = async (host: CliHost, channel: string, { set }: { readonly set: readonly string[] }): Promise<void> => {
  const place = placeOf(channel);
  const config = await host.config();
  if ((await config.get(place, { showSecrets: false })) !== undefined) {
    throw new CliError(`${channel} is in the configuration already; to change it: openclaw config set ${place}.<key> <value>`);
  }
  const values = await Promise.all(set.map(toValue));
  const { file, running } = await config.set(place, JSON.stringify(Object.fromEntries(values)), { asText: false });
  const doubts = await Promise.all(values.map(([key]) => config.doubt(`${place}.${key}`)));
  for (const doubt of doubts) if (doubt !== undefined) process.stderr.write(`openclaw: ${plainLine(doubt)}\n`);
  writeLines([`${channel} is in ${file}`]);
  if (!running) return writeLines(['It counts from the next start of the gateway.']);
  const isOff = values.some(([key, value]) => key === 'enabled' && value === false);
  if (!isOff && (await isIgnored(host, channel))) throw new CliError(whyIgnored(set));
  writeLines([`To see how it is: openclaw channels status ${channel}`]);
};

/** Whether the running gateway goes on without it. Where it cannot be asked, nobody knows; and OPENCLAW_URL may name another one. */
const isIgnored = async (host: CliHost, channel: string): Promise<boolean> => {
  if (process.env['OPENCLAW_URL']) return false;
  for (const patience = Date.now() + PATIENCE_MS; Date.now() < patience; await pause(200)) {
    try {
      const { client } = await host.connect();
      await client.call(STATUS, { channel });
      return false;
    } catch (thrown) {
      if (!(thrown instanceof GatewayError && thrown.code === 'channel_not_found')) return false;
    }
  }
  return true;
};

/** Most often: what is exported in this shell is not in the environment of a gateway that was started before. */
const whyIgnored = (set: readonly string[]): string => {
  const variables = [...new Set(set.flatMap((setting) => [...setting.matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name = '']) => name)))];
  const inform = 'the running gateway does not use it; why: openclaw logs';
  if (variables.length === 0) return inform;
  return `${inform}. ${variables.join(' and ')} must be in the environment that the gateway was started with; with what this shell has now: openclaw gateway restart`;
};

const toValue = async (setting: string): Promise<readonly [string, unknown]> => {
  const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(setting) ?? [];
  if (key === undefined || value === undefined) throw new CliError(`--set ${plainLine(setting.split('=')[0] ?? '')}: it takes a key and a value, as in botToken=123:ABC`, 2);
  const text = value === '-' ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : value;
  try {
    return [key, JSON.parse(text)];
  } catch {
    return [key, text];
  }
};

export const channelsRemove = async (host: CliHost, channel: string, { yes = false }: { readonly yes?: boolean }): Promise<void> => {
  const place = placeOf(channel);
  const config = await host.config();
  if ((await config.get(place, { showSecrets: false })) === undefined) throw new CliError(`${channel} is not in the configuration; openclaw channels list shows what is`);
  if (!yes && canAsk() && !(await confirm(`Take ${channel} out of the configuration? Its conversations stay.`))) throw new CliError('Nothing was changed');
  if (!yes && !canAsk()) throw new CliError('Nobody is there to be asked; --yes answers for them', 2);
  const { file } = await config.unset(place);
  writeLines([`${channel} is gone from ${file}. What waited to be sent there is not sent.`]);
};
