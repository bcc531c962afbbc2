import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnEvent } from '@openclaw/contract';
import { WebSocket } from 'ws';

export interface Where {
  readonly url: string;
  readonly token: string;
}

/** What is asked, by everyone who follows the turn: the key makes it one turn. */
export interface Asked {
  readonly key: string;
  readonly session: string;
  readonly text: string;
}

/** What a follower holds of a turn: the words and calls of each step, without what was declared void. */
export interface Held {
  readonly steps: readonly { readonly text: string; readonly calls: number }[];
  /** Places that were shown twice. */
  readonly repeated: number;
  readonly connections: number;
}

interface Options {
  readonly wire: 'sse' | 'ws';
  /** How long a connection may live; then it is cut. */
  readonly cutAfterMs: () => number;
  readonly until: number;
  /** Comes back as one who has seen nothing. */
  readonly forgetful?: boolean;
}

type Told = TurnEvent | { readonly type: 'done' } | { readonly type: 'error'; readonly code: string };

/** Follows a turn to its end over connections that break again and again, always going on where the last one broke. */
export const followTurnBy = async (where: () => Where, asked: Asked, { wire, cutAfterMs, until, forgetful = false }: Options): Promise<Held | undefined> => {
  const open = wire === 'sse' ? openSse : openWs;
  const notes = new Notes();
  let connections = 0;
  while (Date.now() < until) {
    connections++;
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), cutAfterMs());
    try {
      for await (const told of open(where(), asked, forgetful ? undefined : notes.cursor, cut.signal)) {
        if (told.type === 'done') return { ...notes.held, connections };
        if (told.type === 'error') throw new Error(told.code);
        notes.take(told);
      }
    } catch {
      // Cut by us, by the gateway's end, or refused while it starts.
    } finally {
      clearTimeout(timer);
      cut.abort();
    }
    await sleep(20 + Math.random() * 100);
  }
  return undefined;
};

class Notes {
  readonly #steps: { text: string; calls: number; results: number }[] = [{ text: '', calls: 0, results: 0 }];
  readonly #places = new Set<string>();
  #repeated = 0;
  cursor: string | undefined;

  take(event: TurnEvent): void {
    const cursor = 'cursor' in event ? event.cursor : undefined;
    if (cursor !== undefined) {
      // What is declared void twice is at the same place each time.
      if (this.#places.has(cursor) && event.type !== 'retry') this.#repeated++;
      this.#places.add(cursor);
      this.cursor = cursor;
    }
    const now = this.#now(event);
    if (event.type === 'retry') Object.assign(now, { text: '', calls: 0, results: 0 });
    else if (event.type === 'text') now.text += event.delta;
    else if (event.type === 'tool_call') now.calls++;
    else if (event.type === 'tool_result') now.results++;
  }

  get held(): Omit<Held, 'connections'> {
    return { steps: this.#steps.map(({ text, calls }) => ({ text, calls })), repeated: this.#repeated };
  }

  #now({ type }: TurnEvent) {
    const last = this.#steps.at(-1) ?? { text: '', calls: 0, results: 0 };
    if (type === 'tool_result' || last.results === 0 || last.results < last.calls) return last;
    const next = { text: '', calls: 0, results: 0 };
    this.#steps.push(next);
    return next;
  }
}

async function* openSse({ url, token }: Where, { key, session, text }: Asked, after: string | undefined, signal: AbortSignal): AsyncGenerator<Told> {
  const response = await fetch(`${url}/api/native/messages.send`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream',
      ...(after === undefined ? { 'idempotency-key': key } : { 'last-event-id': after }),
    },
    body: JSON.stringify({ session, text, timeoutSeconds: 600 }),
    signal,
  });
  if (response.status === 204) {
    yield { type: 'done' };
    return;
  }
  if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
  let pending = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    pending += decoder.decode(chunk, { stream: true });
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    // The native dialect sends the events as they are.
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)) as Told;
  }
}

async function* openWs({ url, token }: Where, { key, session, text }: Asked, after: string | undefined, signal: AbortSignal): AsyncGenerator<Told> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws?token=${token}`);
  const told: (Told | undefined)[] = [];
  let wake = (): void => {};
  const end = (): void => {
    told.push(undefined);
    wake();
  };
  socket.on('error', end);
  socket.on('close', end);
  signal.addEventListener('abort', () => socket.terminate(), { once: true });
  socket.on('open', () => {
    const again = { operation: 'turns.watch', input: { turn: after?.split(':', 1)[0], after, timeoutSeconds: 600 } };
    const first = { operation: 'messages.send', idempotencyKey: key, input: { session, text, timeoutSeconds: 600 } };
    socket.send(JSON.stringify({ type: 'call', id: '1', ...(after === undefined ? first : again) }));
  });
  socket.on('message', (data: Buffer) => {
    // Frames of the native dialect.
    const frame = JSON.parse(data.toString('utf8')) as { id?: string; type: string; event?: TurnEvent; payload?: { code: string } };
    if (frame.id !== '1') return;
    if (frame.type === 'event') told.push(frame.event);
    else if (frame.type === 'done') told.push({ type: 'done' });
    else told.push({ type: 'error', code: frame.payload?.code ?? '' });
    wake();
  });
  for (;;) {
    while (told.length > 0) {
      const next = told.shift();
      if (!next) return;
      yield next;
    }
    await new Promise<void>((resolve) => (wake = resolve));
  }
}
