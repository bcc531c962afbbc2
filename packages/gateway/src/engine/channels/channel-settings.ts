import type { Delivery } from '../ports/channel-store.ts';

export type QueueMode = 'followup' | 'collect' | 'steer' | 'interrupt';

/** How one account of a channel is set: every default filled in. */
export interface ChannelSettings {
  /** `telegram`, or `telegram/work` where a channel has several accounts: what addresses, the outbox and the log call it. */
  readonly name: string;
  /** `telegram`: whose wire it speaks, and what its senders are called after. */
  readonly driver: string;
  readonly workspace: string;
  readonly dmPolicy: 'pairing' | 'allowlist' | 'open' | 'off';
  readonly allowFrom: readonly string[];
  readonly groupPolicy: 'allowlist' | 'open' | 'off';
  /** By id; `*` is any. */
  readonly groups: Readonly<Record<string, GroupSettings>>;
  readonly requireMention: boolean;
  readonly maxMessagesPerHour: number | undefined;
  readonly cooldownSeconds: number | undefined;
  readonly staleAfterSeconds: number;
  readonly delivery: Delivery;
  readonly streaming: boolean;
  readonly queue: QueueMode;
  /** Of each file that comes with a message, the most bytes; 0 where files are named and not kept. */
  readonly largestAttachment: number;
  /** The section as it stands, for the driver. */
  readonly section: Readonly<Record<string, unknown>>;
}

export interface GroupSettings {
  readonly requireMention?: boolean | undefined;
  readonly allowFrom?: readonly string[] | undefined;
}
