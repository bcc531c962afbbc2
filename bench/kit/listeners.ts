/**
 * Many sockets in a process of their own, which hear what they are told and note when.
 *
 *   await using listeners = await startListeners({ url, token, count: 5_000, hello: { type: 'status' }, texts: 2 });
 *   const { arrivals } = await listeners.during(async () => { … });
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';

const Orders = z.object({
  /** Of the server, by http. */
  url: z.string(),
  token: z.string().optional(),
  count: z.number(),
  /** What each sends when it is open; one answer to it is waited for. */
  hello: z.looseObject({}).optional(),
  /** How many texts each hears in one broadcast. */
  texts: z.number().default(1),
});
type Orders = z.input<typeof Orders>;

const Heard = z.object({
  /** When each socket heard the first text, as `monotonicMs` tells it. */
  arrivals: z.array(z.number()),
  /** What one of them heard. */
  texts: z.array(z.string()),
});
export type Heard = z.infer<typeof Heard>;

export interface Listeners extends AsyncDisposable {
  /** What all of them hear of what is broadcast meanwhile; resolves when the last text has come to the last socket. */
  during(broadcast: () => Promise<unknown>): Promise<Heard>;
}

const OPENED_WITHIN_MS = 60_000;
const HEARD_WITHIN_MS = 20_000;
/** How many open at once: no queue of the system may run over. */
const AT_ONCE = 100;

/** The same clock in every process of this machine. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const startListeners = async (orders: Orders): Promise<Listeners> => {
  const child = fork(import.meta.filename, [JSON.stringify(orders)], { stdio: 'inherit' });
  const dispose = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  try {
    await messageOf(child, OPENED_WITHIN_MS, `${orders.count} sockets did not open`);
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
  return {
    during: async (broadcast) => {
      const armed = messageOf(child, HEARD_WITHIN_MS, 'The sockets are not there any more');
      child.send('begin');
      await armed;
      const [heard] = await Promise.all([messageOf(child, HEARD_WITHIN_MS, 'Not every socket heard every text'), broadcast()]);
      return Heard.parse(heard);
    },
    [Symbol.asyncDispose]: dispose,
  };
};

const messageOf = async (child: ChildProcess, withinMs: number, failure: string): Promise<unknown> => {
  const waiting = new AbortController();
  const { signal } = waiting;
  const message = once(child, 'message', { signal }).then(([first]: unknown[]) => first);
  const gone = once(child, 'exit', { signal }).then(() => Promise.reject(new Error(`${failure}: their process ended`)));
  const late = sleep(withinMs, undefined, { signal }).then(() => Promise.reject(new Error(`${failure} within ${withinMs} ms`)));
  try {
    return await Promise.race([message, gone, late]);
  } finally {
    // Those that lost the race end with an abort, which nobody needs to hear of.
    void Promise.allSettled([message, gone, late]);
    waiting.abort();
  }
};

const listen = async ({ url, token, count, hello, texts }: z.output<typeof Orders>): Promise<void> => {
  const address = `${url.replace(/^http/, 'ws')}/ws`;
  const options = { perMessageDeflate: false, skipUTF8Validation: true, ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }) };
  let broadcast = 0;
  let left = 0;
  let heard: Heard = { arrivals: [], texts: [] };
  const open = async (isSample: boolean): Promise<void> => {
    const socket = new WebSocket(address, options);
    socket.on('close', (code) => {
      throw new Error(`a listening socket was closed with ${code}`);
    });
    await once(socket, 'open');
    if (hello) {
      const answered = once(socket, 'message');
      socket.send(JSON.stringify(hello));
      await answered;
    }
    let last = 0;
    socket.on('message', (data: Buffer) => {
      if (last !== broadcast) heard.arrivals.push(monotonicMs());
      last = broadcast;
      if (isSample) heard.texts.push(data.toString('utf8'));
      if (--left === 0) process.send?.(heard);
    });
  };
  let opened = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (opened < count) await open(opened++ === 0);
    }),
  );
  process.on('message', () => {
    broadcast++;
    left = count * texts;
    heard = { arrivals: [], texts: [] };
    process.send?.('begun');
  });
  process.once('disconnect', () => process.exit());
  process.send?.('open');
};

if (import.meta.main) await listen(Orders.parse(JSON.parse(process.argv[2] ?? '')));
