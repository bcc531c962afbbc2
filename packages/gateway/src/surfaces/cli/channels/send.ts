import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
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

interface Message {
  readonly text: string;
  /** Paths of files to go with it. */
  readonly file: readonly string[];
}

export const channelsSend = async (host: CliHost, recipient: Recipient, { thread, text, file, json = false }: Flags & Message): Promise<void> => {
  if (text === '' && file.length === 0) throw new CliError('There is nothing to send: say something, or name a file with --file', 2);
  const files = await Promise.all(file.map(toFile));
  const { client } = await host.connect();
  tell(await client.call(SEND, { ...recipient, text, files, ...(thread !== undefined && { thread }) }), json);
};

const toFile = async (path: string): Promise<{ readonly name: string; readonly data: string }> => {
  try {
    if (!(await stat(path)).isFile()) throw new CliError(`${plainLine(path)} is no file`);
    return { name: basename(path), data: (await readFile(path)).toString('base64') };
  } catch (thrown) {
    if (thrown instanceof CliError) throw thrown;
    throw new CliError(`${plainLine(path)} cannot be read: ${thrown instanceof Error ? plainLine(thrown.message) : 'no reason given'}`);
  }
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
