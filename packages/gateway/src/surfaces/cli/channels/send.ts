import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { named } from '@openclaw/client';
import type { RequestOf, Send, sendToChannel, testChannel } from '@openclaw/contract';
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

type OutgoingFile = NonNullable<RequestOf<typeof sendToChannel>['files']>[number];

interface Message {
  readonly text: string;
  /** Paths of files to go with it. */
  readonly file: readonly string[];
}

export const channelsSend = async (host: CliHost, recipient: Recipient, { thread, text, file, json = false }: Flags & Message): Promise<void> => {
  if (text === '' && file.length === 0) throw new CliError('There is nothing to send: say something, or name a file with --file', 2);
  const files = file.length === 0 ? [] : await readFiles(file);
  const { client } = await host.connect();
  tell(await client.call(SEND, { ...recipient, text, files: [...files], ...(thread !== undefined && { thread }) }), json);
};

const readFiles = async (paths: readonly string[]): Promise<readonly OutgoingFile[]> => {
  const { MOST_IN_FILES } = await import('@openclaw/contract');
  const stats = await Promise.all(paths.map((path) => stat(path).catch(unreadable(path))));
  for (const [i, path] of paths.entries()) if (!stats[i]?.isFile()) throw new CliError(`${plainLine(path)} is no file`);
  const bytes = stats.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_IN_FILES) throw new CliError(`Together that is ${bytes} bytes, and ${MOST_IN_FILES} can go with a message: send less at once, or a link`);
  return Promise.all(paths.map(async (path) => ({ name: basename(path), data: (await readFile(path).catch(unreadable(path))).toString('base64') })));
};

const unreadable = (path: string) => (thrown: unknown): never => {
  throw new CliError(`${plainLine(path)} cannot be read: ${thrown instanceof Error ? plainLine(thrown.message) : 'no reason given'}`);
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
