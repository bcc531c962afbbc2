// Both ends of the channel are ours; what the owner's program hands over in between is only looked at by the gateway's end.

export interface ThreadStart {
  readonly file: string;
  readonly maxConnections: number | undefined;
}

export type ToThread =
  | { readonly do: 'connect'; readonly call: number; readonly config: Readonly<Record<string, unknown>> }
  | { readonly do: 'reply'; readonly call: number; readonly address: { readonly channel: string; readonly to: string; readonly thread: string | undefined; readonly inReplyTo: string | undefined }; readonly text: string }
  | { readonly do: 'disconnect'; readonly call: number }
  /** What came of a message that the program told of. */
  | { readonly do: 'stored'; readonly message: number; readonly refused: string | undefined };

export type FromThread =
  | { readonly done: number; readonly failed: string | undefined }
  | { readonly message: number; readonly said: unknown };
