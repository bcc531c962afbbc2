/** A message as it came in through a channel: no two of one conversation share a `messageId`. */
export interface Arrival {
  readonly channel: string;
  readonly conversation: string;
  readonly messageId: string;
  readonly sender: string | undefined;
}
