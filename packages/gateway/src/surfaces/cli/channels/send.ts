import { named } from '@openclaw/client';
import type { Send, sendToChannel, testChannel } from '@openclaw/contract';
import { plainLine, writeJson, writeLines } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';

interface Flags {
  readonly thread?: string;
  readonly json?: boolean;
}

interface Recipient {
  readonly channel: string;
  readonly to: string;
}

const SEND = named<typeof sendToChannel>('channels.send');
const TEST = named<typeof testChannel>('channels.test');

export const channelsTest = async (host: CliHost, recipient: Recipient, { thread, json = false }: Flags): Promise<void> => {
  const { client } = await host.connect();
  tell(await client.call(TEST, { ...recipient, ...(thread !== undefined && { thread }) }), json);
};

export const channelsSend = async (host: CliHost, recipient: Recipient, { thread, text, json = false }: Flags & { readonly text: string }): Promise<void> => {
  const { client } = await host.connect();
  tell(await client.call(SEND, { ...recipient, text, ...(thread !== undefined && { thread }) }), json);
};

/** What did not arrive is a failure of the command, too. */
const tell = (send: Send, json: boolean): void => {
  if (json) writeJson(send);
  else if (send.state === 'sent') writeLines([`Sent to ${plainLine(send.to)} on ${send.channel}`]);
  const why = send.error === null ? '' : `: ${plainLine(send.error)}`;
  if (send.state === 'failed') throw new CliError(`It could not be sent${why}`);
  if (send.state === 'ambiguous') throw new CliError(`Nobody knows whether it arrived${why}`);
  if (send.state !== 'sent') throw new CliError(`It has not been sent yet${why}. It is tried again; openclaw channels sends shows what comes of it, openclaw channels status ${send.channel} how the channel is`);
};
