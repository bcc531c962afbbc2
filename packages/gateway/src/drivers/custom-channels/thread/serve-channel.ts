import { Server } from 'node:net';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { answerCalls } from '../../../kernel/owner-program.ts';
import type { Asked, Said, Stored, ThreadStart } from './protocol.ts';

// The module that the thread of a custom channel starts from: it loads the owner's class and speaks for it.

/** What the owner's class has; nothing else of it is touched. */
interface CustomChannel {
  connect(config: unknown, context: unknown): unknown;
  sendReply(message: unknown, reply: string): unknown;
  disconnect?(): unknown;
}

type Reply = Extract<Asked, { do: 'reply' }>;

/** Messages that wait for their answers. */
const MOST_KEPT = 10_000;

const port = parentPort;
if (!port) throw new Error('the thread of a channel was started as a process');
// Written by the gateway's end.
const { file, maxConnections } = workerData as ThreadStart;
const tell = (told: Said): void => port.postMessage(told);

const messages = new Map<string, unknown>();
const waiting = new Map<number, { resolve(): void; reject(reason: Error): void }>();
let told = 0;

/** Each server the class opens takes so many connections and drops what comes beyond. */
const limitConnections = (most: number): void => {
  const listen = Server.prototype.listen;
  // The same method with one line before it.
  Server.prototype.listen = function limited(this: Server, ...how: unknown[]) {
    this.maxConnections = most;
    return Reflect.apply(listen, this, how) as Server;
  } as typeof listen;
};

const load = async (): Promise<CustomChannel> => {
  // The owner's own file: what it exports is looked at below.
  const { default: exported } = (await import(pathToFileURL(file).href)) as { default?: unknown };
  const made: unknown = typeof exported === 'function' ? Reflect.construct(exported, []) : exported;
  if (isChannel(made)) return made;
  throw new Error(`${file} must have a default export: a class with connect(config, context), sendReply(message, reply) and disconnect()`);
};

const isChannel = (made: unknown): made is CustomChannel =>
  typeof made === 'object' && made !== null && 'connect' in made && typeof made.connect === 'function' && 'sendReply' in made && typeof made.sendReply === 'function';

const context = {
  /** Resolves when the message is stored: a service may be told then that it was taken. */
  onMessage: (message: unknown): Promise<void> => {
    const number = ++told;
    const id = typeof message === 'object' && message !== null && 'id' in message ? String(message.id) : '';
    messages.set(id, message);
    const [oldest] = messages.keys();
    if (messages.size > MOST_KEPT && oldest !== undefined) messages.delete(oldest);
    const stored = new Promise<void>((resolve, reject) => waiting.set(number, { resolve, reject }));
    tell({ message: number, said: JSON.parse(JSON.stringify(message ?? null)) });
    // Whoever does not wait for it is not brought down by it.
    stored.catch(() => {});
    return stored;
  },
};

/** The message that is answered, as it came; after a restart, as much of it as an address holds. */
const answered = ({ address: { channel, to, thread, inReplyTo } }: Reply): unknown =>
  messages.get(inReplyTo ?? '') ?? { id: inReplyTo ?? null, channel, text: '', sender: { id: to }, conversation: { id: to, type: 'direct' }, ...(thread !== undefined && { thread }), timestamp: Date.now() };

let channel: CustomChannel | undefined;

const perform = async (asked: Asked): Promise<void> => {
  if (asked.do === 'connect') {
    channel = await load();
    await channel.connect(asked.config, context);
  } else if (asked.do === 'reply') {
    await channel?.sendReply(answered(asked), asked.text);
    messages.delete(asked.address.inReplyTo ?? '');
  } else await channel?.disconnect?.();
};

if (maxConnections !== undefined) limitConnections(maxConnections);
answerCalls<Asked & { readonly call: number }, Stored>(port, {
  perform,
  hear: ({ message, refused }) => {
    const told = waiting.get(message);
    waiting.delete(message);
    if (refused === undefined) told?.resolve();
    else told?.reject(new Error(refused));
  },
});
