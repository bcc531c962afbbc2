import type { EventOf, GatewayError, Operation, OutputOf } from '@openclaw/contract';

/** What a route sees of a request. */
export interface WireRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One way to ask for an operation: how its request is read and how its answer is worded. */
export interface Route<Op extends Operation = Operation> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  readonly operation: Op;
  readonly status: 200 | 201;
  /** Wire request to operation input. What it hands on unread is read by the door. */
  readonly toInput: (request: WireRequest) => unknown;
  readonly toReply: (output: OutputOf<Op>) => unknown;
  /** Present where the answer can be streamed: how one event is worded, or undefined where this dialect does not show it. */
  readonly stream?: {
    /** When the client gets a stream rather than one JSON answer. */
    readonly wanted: 'always' | 'when accepted';
    readonly toEvent: (event: EventOf<Op>) => object | undefined;
    readonly toLast: (output: OutputOf<Op>) => object;
    readonly toError: (error: GatewayError) => object;
  };
}

export const route = <Op extends Operation>(definition: Route<Op>): Route =>
  // A list of routes holds many operations; the server runs each route's own operation and hands its output to its own `toReply`.
  definition as unknown as Route;

/** One published flavour of the API. */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly Route[];
}
