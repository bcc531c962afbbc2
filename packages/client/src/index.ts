import { type ErrorDetails, GatewayError, isErrorCode } from '@openclaw/contract/errors';
import type { EventOf, Operation, OutputOf, RequestOf } from '@openclaw/contract';

export interface ClientOptions {
  readonly baseUrl: string;
  readonly token: string | undefined;
  /** Instead of `fetch`. */
  readonly ask?: Ask;
}

/** As much of `fetch` as this client uses. */
export type Ask = (url: string, request: AskedRequest) => Promise<Answer>;

export interface AskedRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | null;
  json(): Promise<unknown>;
}

export interface CallOptions {
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** An operation by its name alone, for programs that would rather not load the schemas: the server reads the input anyway. */
export const named = <Op extends Operation>(name: Op['name']): Op =>
  // Of an operation, this client uses nothing but the name.
  ({ name }) as Op;

/** The gateway could not be reached at all. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Calls any operation of the contract on a running gateway, typed by the contract itself. */
export const connect = ({ baseUrl, token, ask = fetch }: ClientOptions) => {
  const post = async (name: string, input: unknown, accept: string, { idempotencyKey, signal }: CallOptions): Promise<Answer> => {
    const request: AskedRequest = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify(input),
      ...(signal && { signal }),
    };
    const response = await ask(`${baseUrl}/api/native/${name}`, request).catch((thrown: unknown) => {
      if (signal?.aborted) throw thrown;
      throw new Unreachable(`No gateway answers at ${baseUrl}`, { cause: thrown });
    });
    if (!response.ok) throw await toError(response);
    return response;
  };

  return {
    async call<Op extends Operation>(operation: Op, input: RequestOf<Op>, options: CallOptions = {}): Promise<OutputOf<Op>> {
      const response = await post(operation.name, input, 'application/json', options);
      // The server answers with this operation's output.
      return (await response.json()) as OutputOf<Op>;
    },

    /** Yields what happens while the operation runs; returns its output. */
    async *stream<Op extends Operation>(operation: Op, input: RequestOf<Op>, options: CallOptions = {}): AsyncGenerator<EventOf<Op>, OutputOf<Op>> {
      const response = await post(operation.name, input, 'text/event-stream', options);
      for await (const data of readEvents(response, options.signal)) {
        const event = JSON.parse(data) as { type: 'done'; output: OutputOf<Op> } | { type: 'error'; code: string; message: string; details?: ErrorDetails } | { type: 'event' };
        if (event.type === 'done') return event.output;
        if (event.type === 'error') throw toGatewayError(event.code, event.message, event.details);
        // Whatever else comes is one of this operation's events.
        yield event as EventOf<Op>;
      }
      throw new Unreachable('The gateway closed the stream before the turn was over');
    },
  };
};

export type Client = ReturnType<typeof connect>;

async function* readEvents(response: Answer, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let pending = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      pending += decoder.decode(chunk, { stream: true });
      const lines = pending.split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) yield line.slice(6);
    }
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new Unreachable('The connection to the gateway was lost before the answer was whole', { cause: thrown });
  }
}

const toError = async (response: Answer): Promise<GatewayError> => {
  const body: unknown = await response.json().catch(() => undefined);
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  if (typeof error !== 'object' || error === null) return new GatewayError('internal', `The gateway answered ${response.status}`);
  const { code, message, details } = error as { code?: string; message?: string; details?: ErrorDetails };
  return toGatewayError(code ?? 'internal', message ?? `The gateway answered ${response.status}`, details);
};

const toGatewayError = (code: string, message: string, details: ErrorDetails = {}): GatewayError =>
  new GatewayError(isErrorCode(code) ? code : 'internal', message, details);
