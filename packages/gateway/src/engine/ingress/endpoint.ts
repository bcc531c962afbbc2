import type { ReplyAddress } from '../ports/turn-records.ts';
import type { Vouching } from './schemes/names.ts';

/** A place where others tell the agent something, as the configuration describes it. */
export interface Endpoint {
  /** What stands after `/webhook/`. */
  readonly path: string;
  /** What the agent is told, with places for what came. */
  readonly message: string;
  /** Any of these vouches. With none, nothing is taken. */
  readonly secrets: readonly string[];
  readonly verify: Vouching;
  /** An id, a full key, or a name, which may have places for what came. */
  readonly session: string;
  readonly agent: string;
  readonly workspace: string;
  readonly model?: string;
  /** Where the answer goes; `to` and `thread` may have places for what came. */
  readonly deliver?: Pick<ReplyAddress, 'channel' | 'to' | 'thread'>;
  readonly maxBodyBytes: number;
  readonly requestsPerMinute?: number;
  /** What tells a delivery that came before: its id, or for senders that give none, its body. */
  readonly dedupe: 'id' | 'body';
}
