import type { CallOptions, Requester } from '../../client-kit/src/index.ts';
import { MessageStream } from './message-stream.ts';
import type { MessageReply, MessageRequest } from './wire.gen.ts';

/** How long an answer of the agent is waited for, unless told. */
const PATIENCE_MS = 600_000;
/** What the gateway says of a wait that is over is worth waiting for. */
const GRACE_MS = 5_000;

/** How long the gateway waits with its answer is as long as `timeoutMs`, unless `timeoutSeconds` says otherwise. */
export type SendMessage = MessageRequest;

export class Messages {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Gives the agent a message and waits for its answer. */
  send(message: SendMessage, options: CallOptions = {}): Promise<MessageReply> {
    const ask = { method: 'POST', path: '/api/v1/messages', patienceMs: PATIENCE_MS } as const;
    const patience = this.#requester.patience(ask, options);
    const timeoutSeconds = message.timeoutSeconds ?? Math.min(86_400, Math.ceil(patience / 1000));
    const timeoutMs = Math.max(patience, timeoutSeconds * 1000) + GRACE_MS;
    return this.#requester.json({ ...ask, body: { ...message, timeoutSeconds } }, { ...options, timeoutMs });
  }

  /** Gives the agent a message; iterates over the words of its answer as they come. Nothing is sent before it is iterated over. */
  stream(message: SendMessage, options: CallOptions = {}): MessageStream {
    return new MessageStream(this.#requester, { method: 'POST', path: '/api/v1/messages/stream', body: message, patienceMs: PATIENCE_MS }, options);
  }
}
