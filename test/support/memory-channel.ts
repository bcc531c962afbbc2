/**
 * A chat service in memory, with its driver: what a test does not want to know of a vendor's wire.
 *
 *   const chat = openMemoryChat();
 *   await using gateway = await startGateway({ channels: chat.drivers, config: { channels: { memory: { allowFrom: ['ann'] } } } });
 *   chat.says({ text: 'Hello' });
 *   await expect.poll(() => chat.texts()).toEqual(['Hello yourself']);
 */
import { z } from 'zod';
import { type ChannelAdapter, type ChannelContext, type ChannelDriver, ChannelFailure, defineChannel, type InboundMessage, type OutgoingFile, type OutgoingMessage } from '../../packages/gateway/src/engine/ports/channel.ts';

export interface StandingMessage extends OutgoingMessage {
  readonly id: string;
  text: string;
  /** Present where it is a file; its text is empty then. */
  readonly file?: OutgoingFile;
}

export type Trouble = ChannelFailure | 'lost answer';

export interface MemoryChat {
  readonly drivers: { readonly memory: () => Promise<ChannelDriver> };
  /** Somebody writes; comes again, as services do it, until it was taken. The id of the message. */
  says(message: Partial<InboundMessage>): string;
  /** What stands there, edits and all. */
  readonly standing: readonly StandingMessage[];
  texts(to?: string): readonly string[];
  files(to?: string): readonly OutgoingFile[];
  /** Messages that nobody has taken yet. */
  waiting(): number;
  readonly typed: readonly string[];
  readonly edits: number;
  /** How often the driver was loaded, and a connection was made. */
  readonly loaded: number;
  readonly connections: number;
  /** What the next sends come to. */
  befalls(...troubles: readonly Trouble[]): void;
  /** The next connections fail like this. */
  refuses(...failures: readonly ChannelFailure[]): void;
  /** Ends the connection from the other side. */
  cut(failure?: ChannelFailure): void;
  readonly connected: boolean;
  /** The service is gone. */
  close(): void;
}

const AGAIN_MS = 30;

export interface MemoryChatOptions {
  readonly edit?: boolean;
  /** In bytes; 0 where it takes no files. */
  readonly largestFile?: number;
}

export const openMemoryChat = ({ edit = true, largestFile = 4_000_000 }: MemoryChatOptions = {}): MemoryChat => {
  const standing: StandingMessage[] = [];
  const typed: string[] = [];
  const troubles: Trouble[] = [];
  const refusals: ChannelFailure[] = [];
  let inbox: InboundMessage[] = [];
  let context: ChannelContext | undefined;
  let delivering = false;
  let edits = 0;
  let loaded = 0;
  let connections = 0;
  let said = 0;
  let closed = false;
  const goneIfClosed = (): void => {
    if (closed) throw new ChannelFailure('passing', 'nobody is there');
  };

  /** One after the other, as a service with a cursor does it. */
  const deliver = async (): Promise<void> => {
    if (delivering) return;
    delivering = true;
    while (context && inbox.length > 0) {
      const [message] = inbox;
      if (!message) break;
      const taken = await context.received(message).then(() => true, () => false);
      if (taken) inbox = inbox.filter((one) => one !== message);
      else await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    delivering = false;
  };

  const adapter = (longestText: number, password: string | undefined): ChannelAdapter => {
    let mine: ChannelContext | undefined;
    /** Whatever befalls it before it stands there, and after. */
    const stand = (message: Omit<StandingMessage, 'id'>): { externalId: string } => {
      goneIfClosed();
      const trouble = troubles.shift();
      if (trouble instanceof ChannelFailure) throw trouble;
      const externalId = `out-${standing.length + 1}`;
      standing.push({ ...message, id: externalId });
      if (trouble) throw new ChannelFailure('unknown', 'the answer was lost');
      return { externalId };
    };
    return {
      capabilities: { longestText, edit, ...(largestFile > 0 && { largestFile }) },
      connect: async (given) => {
        goneIfClosed();
        if (password === 'wrong') throw new ChannelFailure('permanent', 'the password is not accepted');
        connections++;
        const refusal = refusals.shift();
        if (refusal) throw refusal;
        mine = context = given;
        given.connected();
        void deliver();
      },
      disconnect: async () => {
        if (context === mine) context = undefined;
      },
      send: async (message) => stand(message),
      ...(largestFile > 0 && { sendFile: async (file) => stand({ address: file.address, text: '', key: file.key, file }) }),
      typing: async ({ to }) => void typed.push(to),
      ...(edit && {
        edit: async ({ externalId, text }) => {
          const message = standing.find(({ id }) => id === externalId);
          if (!message) throw new ChannelFailure('permanent', 'there is no such message');
          edits++;
          message.text = text;
        },
      }),
    };
  };

  const driver = defineChannel({
    name: 'memory', senderId: /^[a-z]+$/,
    settings: z.object({ longestText: z.int({ error: 'a number' }).default(2_000), password: z.string().optional() }),
    open: ({ longestText, password }) => adapter(longestText, password),
  });

  return {
    drivers: {
      memory: async () => {
        loaded++;
        return driver;
      },
    },
    says: (over) => {
      const id = over.id ?? `in-${++said}`;
      inbox.push({ conversation: { id: 'ann', kind: 'direct' }, sender: { id: 'ann', name: 'Ann' }, text: 'Hello', attachments: [], mentionsMe: false, at: Date.now(), ...over, id });
      void deliver();
      return id;
    },
    standing,
    texts: (to) => standing.filter(({ address, file }) => !file && (to === undefined || address.to === to)).map(({ text }) => text),
    files: (to) => standing.flatMap(({ address, file }) => (file && (to === undefined || address.to === to) ? [file] : [])),
    waiting: () => inbox.length,
    typed,
    get edits() {
      return edits;
    },
    get loaded() {
      return loaded;
    },
    get connections() {
      return connections;
    },
    get connected() {
      return context !== undefined;
    },
    befalls: (...list) => void troubles.push(...list),
    refuses: (...list) => void refusals.push(...list),
    close: () => void (closed = true),
    cut: (failure = new ChannelFailure('passing', 'the line went dead')) => {
      const was = context;
      context = undefined;
      was?.disconnected(failure);
    },
  };
};
