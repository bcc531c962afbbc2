import type { Agent } from 'undici';
import type { WebSocket } from 'ws';

export interface StreamTimes {
  /** Milliseconds from asking to the first word. */
  readonly firstToken: number;
  /** Milliseconds between words. */
  readonly gaps: readonly number[];
}

export interface StreamTarget {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** Whether a line of the stream carries a word. */
  readonly isWord: (line: string) => boolean;
}

/** Reads one stream and notes when its words come. */
export const readStream = async (agent: Agent, target: StreamTarget): Promise<StreamTimes> => {
  const started = performance.now();
  const { body, statusCode } = await agent.request({
    origin: target.url,
    path: target.path,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...target.headers },
    body: JSON.stringify(target.body),
  });
  if (statusCode !== 200) throw new Error(`${target.path} answered ${statusCode}: ${await body.text()}`);
  const times: number[] = [];
  let pending = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    // undici's bodies are bytes.
    pending += decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    const now = performance.now();
    for (const line of lines) if (target.isWord(line)) times.push(now);
  }
  return { firstToken: (times[0] ?? Number.NaN) - started, gaps: times.slice(1).map((time, i) => time - (times[i] ?? time)) };
};

/** Milliseconds from a `message` frame to its first word; resolves when the whole answer has come. */
export const firstWordOnSocket = (socket: WebSocket, session: string, content: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    let firstWord = Number.NaN;
    const hear = (data: Buffer): void => {
      const text = data.toString('utf8');
      if (Number.isNaN(firstWord) && text.startsWith('{"type":"token"')) firstWord = performance.now() - started;
      if (!/^\{"type":"(message|error)"/.test(text)) return;
      socket.off('message', hear);
      if (text.startsWith('{"type":"message"')) resolve(firstWord);
      else reject(new Error(`the socket answered ${text}`));
    };
    socket.on('message', hear);
    socket.send(JSON.stringify({ type: 'message', session, content, stream: true }));
  });
