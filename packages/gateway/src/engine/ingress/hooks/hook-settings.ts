import type { TransformPlace } from '../../ports/hook-transforms.ts';

/** Hooks as the configuration describes them, in the form of the public project. */
export interface HookSettings {
  readonly enabled: boolean;
  /** Where they are: `hooks`, without slashes around it. */
  readonly path: string;
  /** Without one, nothing is taken. */
  readonly token: string | undefined;
  /** Undefined: any. */
  readonly allowedAgentIds: readonly string[] | undefined;
  readonly defaultSessionKey: string | undefined;
  /** Whether what a request says may choose the session. */
  readonly allowRequestSessionKey: boolean;
  /** What the key of a session must begin with; none is any. */
  readonly allowedSessionKeyPrefixes: readonly string[];
  readonly mappings: readonly HookMapping[];
}

/** What becomes of a request that says something in a form of its own. */
export interface HookMapping {
  readonly id: string;
  readonly match: { readonly path: string | undefined; readonly source: string | undefined };
  readonly action: 'agent' | 'wake';
  readonly wakeMode: 'now' | 'next-heartbeat';
  readonly name: string;
  readonly agentId: string | undefined;
  readonly sessionKey: string | undefined;
  readonly sessionMode: SessionMode;
  readonly messageTemplate: string;
  readonly textTemplate: string;
  /** A list in the payload: an action for each of its entries. */
  readonly forEach: string | undefined;
  /** Whether the answer goes anywhere: to `channel` and `to`, where both are named. */
  readonly deliver: boolean;
  readonly channel: string | undefined;
  readonly to: string | undefined;
  readonly model: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly allowUnsafeExternalContent: boolean;
  /** Has the last word. */
  readonly transform: TransformPlace | undefined;
}

/** A fresh session each time, or the same one. */
export type SessionMode = 'isolated' | 'persistent';
