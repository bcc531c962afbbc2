import type { Activity, EventOf, GatewayError, Operation, OutputOf, TurnEvent } from '@openclaw/contract';
import type { DialectDescription } from './openapi/description.ts';

/** What a route sees of a request. Nothing in it has been checked; the door reads what comes of it. */
export interface WireRequest {
  readonly params: Readonly<Record<string, string>>;
  /** A name that stands twice in the address has a list. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly body: unknown;
  /** The one header that says something of the input: of which version this is a change. */
  readonly ifMatch: string | undefined;
}

/** One way to ask for an operation by HTTP: how its request is read and how its answer is worded. */
export interface Route<Op extends Operation = Operation> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  readonly operation: Op;
  readonly status: 200 | 201;
  /** Wire request to operation input. What it hands on unread is read by the door. */
  readonly toInput: (request: WireRequest) => unknown;
  readonly toReply: (output: OutputOf<Op>) => unknown;
  /** What the answer's headers tell. With an `etag`, a client that has this version already is told so (304). */
  readonly toHeaders?: (output: OutputOf<Op>) => Readonly<Record<string, string>>;
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

/** What a client sent on a socket. `id` is made where it sent none. */
export interface ClientFrame {
  readonly type: string;
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One kind of frame a client may send, and how its answer is worded. */
export interface Frame<Op extends Operation = Operation> {
  /** The `type` a client writes. */
  readonly type: string;
  /** The operation it asks for; undefined where the frame names one that is not there. */
  readonly operation: Op | ((frame: ClientFrame) => Op | undefined);
  readonly toInput: (frame: ClientFrame) => unknown;
  /** `seen` are the tool calls made on the way. */
  readonly toReply: (output: OutputOf<Op>, frame: ClientFrame, seen: readonly ToolCall[]) => object;
  /** Whether this client wants to hear of nothing but the answer: then no events need be made. */
  readonly quiet?: (frame: ClientFrame) => boolean;
  /** How an event is worded for this client, or undefined where it is not shown. Absent: none is. */
  readonly toEvent?: (event: EventOf<Op>, frame: ClientFrame) => object | undefined;
  /** What an error frame holds besides what every error frame holds. */
  readonly toError?: (error: GatewayError, frame: ClientFrame) => object;
}

export type ToolCall = Extract<TurnEvent, { type: 'tool_call' }>;

export const frame = <Op extends Operation>(definition: Frame<Op>): Frame =>
  // As with `route`: the server keeps each frame beside its own operation.
  definition as unknown as Frame;

/** One published flavour of the API. */
export interface Dialect {
  readonly name: string;
  readonly routes: readonly Route[];
  /** What its routes look like on the wire; there where it has routes. */
  readonly described?: () => Promise<DialectDescription>;
  readonly frames?: readonly Frame[];
  /** How what happens elsewhere is told to every socket that may hear of it; undefined where it is not told. */
  readonly toPush?: (activity: Activity) => object | undefined;
}
