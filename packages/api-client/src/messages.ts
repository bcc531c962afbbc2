import type { CallOptions, Requester } from '../../client-kit/src/index.ts';
import { MessageStream } from './message-stream.ts';

/** How long an answer of the agent is waited for, unless told. */
const PATIENCE_MS = 600_000;
/** What the gateway says of a wait that is over is worth waiting for. */
const GRACE_MS = 5_000;

export interface SendMessage {
  /** `main` unless told. */
  readonly workspace?: string | undefined;
  /** Each user has a session in each workspace. */
  readonly userId?: string | undefined;
  readonly message: string;
  /** Another session than the user's own: its id, its key or its name. */
  readonly sessionId?: string | undefined;
  readonly context?: { readonly timezone?: string | undefined; readonly language?: string | undefined } | undefined;
  readonly options?: { readonly model?: string | undefined; readonly max_tokens?: number | undefined } | undefined;
  /** How long the gateway waits with its answer; the agent goes on afterwards. As long as `timeoutMs` unless told. */
  readonly timeoutSeconds?: number | undefined;
}

export interface MessageReply {
  readonly messageId: string;
  readonly response: string;
  readonly tokensUsed: number;
  readonly latencyMs: number;
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly toolsInvoked: readonly string[];
  readonly finishReason: 'stop' | 'length' | 'refused' | 'cancelled' | 'failed';
}

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
