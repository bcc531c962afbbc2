import type { Duties, MessageSource } from '../../ports/turn-records.ts';

/** What a request by a hook comes to. */
export type HookAction = WakeAction | AgentAction;

export interface WakeAction {
  readonly kind: 'wake';
  readonly text: string;
  readonly mode: 'now' | 'next-heartbeat';
  /** A full key. */
  readonly session: string;
  readonly source: MessageSource | undefined;
}

export interface AgentAction {
  readonly kind: 'agent';
  readonly text: string;
  readonly session: HookSession;
  readonly model: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly duties: Duties | undefined;
  readonly source: MessageSource | undefined;
}

/** A full key; where each run has a session of its own, what its key begins with. */
export interface HookSession {
  readonly key: string;
  readonly fresh: boolean;
}
