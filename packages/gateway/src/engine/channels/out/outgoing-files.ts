import { GatewayError } from '@openclaw/contract';
import type { ChannelCapabilities } from '../../ports/channel.ts';
import type { SendFile } from '../../ports/channel-store.ts';
import type { ChannelSettings } from '../channel-settings.ts';

/** Why a channel does not take these files; undefined where it does. */
export const refusalOf = (channel: string, { largestFile }: Pick<ChannelCapabilities, 'largestFile'>, files: readonly Pick<SendFile, 'name' | 'bytes'>[]): string | undefined => {
  if (files.length > 0 && largestFile === undefined) return `${channel} takes no files: send their content as text, or a link to them`;
  const large = files.find(({ bytes }) => bytes > (largestFile ?? 0));
  return large && `${large.name} has ${large.bytes} bytes, and ${channel} takes files of up to ${largestFile}: make it smaller, or send a link to it`;
};

interface Taker {
  readonly settings: Pick<ChannelSettings, 'name'>;
  capabilities(): Promise<ChannelCapabilities | undefined>;
}

/** Whoever wants to send is told at once. What cannot be known now is found out when it is sent. */
export const checkFiles = async (channel: Taker, files: readonly SendFile[]): Promise<void> => {
  const capabilities = files.length > 0 ? await channel.capabilities() : undefined;
  const refusal = capabilities && refusalOf(channel.settings.name, capabilities, files);
  if (refusal !== undefined) throw new GatewayError('invalid_request', refusal, { path: 'files' });
};
