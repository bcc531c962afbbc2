// Both ends of the channel are ours; what the owner's program hands over in between is only looked at by the gateway's end.

export interface ThreadStart {
  readonly file: string;
  readonly maxConnections: number | undefined;
}

/** What the gateway asks of the program, and is answered. */
export type Asked =
  | { readonly do: 'connect'; readonly config: Readonly<Record<string, unknown>> }
  | { readonly do: 'reply'; readonly address: { readonly channel: string; readonly to: string; readonly thread: string | undefined; readonly inReplyTo: string | undefined }; readonly text: string }
  | { readonly do: 'disconnect' };

/** A message that the program tells of. */
export interface Said {
  readonly message: number;
  readonly said: unknown;
}

/** What came of it. */
export interface Stored {
  readonly message: number;
  readonly refused: string | undefined;
}
